// The machine a guest sees: the only list of which device sits where. A device knows offsets, not addresses; the board
// owns the ranges. An access goes to a device whole if the device has all of it and takes that width; otherwise it
// falls into bytes at consecutive addresses, as on an ISA bus, each to whoever sits there. What nobody claims reads as
// all ones and ignores writes.

namespace MinusOne.Hv.Devices;

internal unsafe struct Board
{
    public const ulong LastPort = 0xFFFF;

    // The ranges that HotBoard finds without the list.
    public const ulong HpetFirst = 0xFED0_0000;
    public const ulong HpetBytes = 0x400;
    public const ulong LocalApicFirst = 0xFEE0_0000;
    public const ulong LocalApicBytes = 0x1000;

    private const ulong PageMask = 0xFFF;

    public SerialPort Serial;
    public PicPair Pic;
    public IoApic IoApic;
    public Pit Pit;
    public Hpet Hpet;
    public Cmos Cmos;
    public PowerManagement Power;
    public CounterDevice Counter;
    public ScratchDevice Scratch;

    // The lines that are high (InterruptRouting.cs), and those that the HPET holds by level, a bit each.
    public uint HighLines;
    public uint HpetLevels;

    // INTR of the 8259 pair as LINT0 has seen it.
    public bool IsPicHigh;

    // The guest's time: what the chips are given as `now`. When it must be interrupted for them, as a host TSC value;
    // Due and BoardDue say the same on its clock, for all chips and for all but the local APIC. Deadlines.cs.
    public GuestClock Clock;
    public ulong Deadline;
    public ulong Due;
    public ulong BoardDue;

    // When the console must be looked at again, on the guest's clock.
    public ulong PollDue;

    // The guest is interrupted at the end of its slice, at the end of its time, or at the deadline: the alarm is the
    // earliest of the three. All are host TSC values.
    public ulong SliceEnd;
    public ulong TimeLimit;
    public ulong Alarm;

    public readonly ulong Now => Clock.Now(Cpu.ReadTsc());

    // Both in ascending order.
    public static readonly BoardRow[] Ports =
    [
        new(0x0020, 0x0021, Device.PicMaster, 1, VmFeatures.Pc),
        new(0x0040, 0x0043, Device.Pit, 1, VmFeatures.Pc),
        new(0x0061, 0x0061, Device.SystemControl, 1, VmFeatures.Pc),
        new(0x0064, 0x0064, Device.KeyboardReset, 1, VmFeatures.Pc),
        new(0x0070, 0x0071, Device.Cmos, 1, VmFeatures.Pc),
        new(0x0092, 0x0092, Device.FastReset, 1, VmFeatures.Pc),
        new(0x00A0, 0x00A1, Device.PicSlave, 1, VmFeatures.Pc),
        new(0x00E9, 0x00E9, Device.DebugConsole, 1, VmFeatures.None),
        new(0x00F4, 0x00F7, Device.DebugExit, 4, VmFeatures.Pc),
        new(0x03F8, 0x03FF, Device.Serial, 1, VmFeatures.None),
        new(0x04D0, 0x04D1, Device.PicLevels, 1, VmFeatures.Pc),
        new(0x0600, 0x0603, Device.PowerEvents, 4, VmFeatures.Pc),
        new(0x0604, 0x0605, Device.QemuExit, 2, VmFeatures.None),
        new(0x0608, 0x060B, Device.PowerTimer, 4, VmFeatures.Pc),
        new(0x0CF8, 0x0CFB, Device.ResetControl, 4, VmFeatures.Pc),
        new(0xC000, 0xC001, Device.Counter, 1, VmFeatures.CounterDevice),
    ];

    public static readonly BoardRow[] Memory =
    [
        new(0xFEB0_0000, 0xFEB0_0FFF, Device.Scratch, 8, VmFeatures.ScratchDevice),
        new(0xFEC0_0000, 0xFEC0_00FF, Device.IoApic, 4, VmFeatures.Pc),
        new(HpetFirst, HpetFirst + HpetBytes - 1, Device.Hpet, 8, VmFeatures.Pc),
        new(LocalApicFirst, LocalApicFirst + LocalApicBytes - 1, Device.LocalApic, 4, VmFeatures.Pc),
    ];

    public static uint In(Vm* vm, ushort port, int bytes) => (uint)Read(vm, Ports, port, LastPort, bytes);

    public static void Out(Vm* vm, ushort port, int bytes, uint value) =>
        Write(vm, Ports, port, LastPort, bytes, value);

    public static ulong ReadMemory(Vm* vm, Gpa address, int bytes) =>
        Read(vm, Memory, address.Value, ulong.MaxValue, bytes);

    public static void WriteMemory(Vm* vm, Gpa address, int bytes, ulong value) =>
        Write(vm, Memory, address.Value, ulong.MaxValue, bytes, value);

    // Before a guest starts: its devices' memory becomes part of its address space. False: two devices overlap, or a
    // device and the guest's RAM.
    public static bool TryPlugIn(Vm* vm)
    {
        if (!IsApart(Ports, LastPort) || !IsApart(Memory, ulong.MaxValue))
        {
            return false;
        }

        foreach (ref readonly BoardRow row in new ReadOnlySpan<BoardRow>(Memory))
        {
            ulong start = row.First & ~PageMask;
            if (Has(vm, in row)
                && vm->Memory.AddRegion(GuestRegionKind.Device, new Gpa(start), (row.Last | PageMask) + 1 - start)
                != RegionStatus.Added)
            {
                return false;
            }
        }

        vm->Board.Cmos.Reset(vm->Machine->DateAt(Cpu.ReadTsc()));
        return true;
    }

    // The earliest time at which a device wants attention.
    public static ulong EarliestDeadline(Vm* vm) =>
        Math.Min(
            Math.Min(vm->Board.Pit.Deadline, Math.Min(vm->Board.Hpet.Deadline, vm->Board.Serial.Deadline)),
            Math.Min(vm->Board.Cmos.Deadline, vm->Board.Power.Deadline));

    // Brings all that have a deadline up to now.
    public static void Elapse(Vm* vm, ulong now)
    {
        vm->Board.Pit.Elapse(now);
        Lines.Pit(vm);
        vm->Board.Hpet.Elapse(now);
        Lines.Hpet(vm);
        vm->Board.Serial.Elapse(now);
        Lines.Serial(vm);
        vm->Board.Cmos.Elapse(now);
        vm->Board.Power.Elapse(now);
        Lines.Clock(vm);
    }

    // In ascending order and without overlap, which is the same thing.
    public static bool IsApart(ReadOnlySpan<BoardRow> rows, ulong last)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i].First > rows[i].Last || rows[i].Last > last || (i > 0 && rows[i].First <= rows[i - 1].Last))
            {
                return false;
            }
        }

        return true;
    }

    private static ulong Read(Vm* vm, BoardRow[] rows, ulong address, ulong last, int bytes)
    {
        int row = Find(vm, rows, address, bytes);
        if (row >= 0)
        {
            return Read(vm, rows[row].Device, (uint)(address - rows[row].First), bytes);
        }

        if (bytes == 1)
        {
            return byte.MaxValue;
        }

        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= Read(vm, rows, (address + (ulong)i) & last, last, 1) << (8 * i);
        }

        return value;
    }

    private static void Write(Vm* vm, BoardRow[] rows, ulong address, ulong last, int bytes, ulong value)
    {
        int row = Find(vm, rows, address, bytes);
        if (row >= 0)
        {
            Write(vm, rows[row].Device, (uint)(address - rows[row].First), bytes, value);
            return;
        }

        for (int i = 0; bytes > 1 && i < bytes; i++)
        {
            Write(vm, rows, (address + (ulong)i) & last, last, 1, (byte)(value >> (8 * i)));
        }
    }

    // The row that takes the access as a whole, or less than 0.
    private static int Find(Vm* vm, BoardRow[] rows, ulong address, int bytes)
    {
        int low = 0;
        int high = rows.Length;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (rows[middle].Last < address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < rows.Length && Takes(in rows[low], address, bytes) && Has(vm, in rows[low]) ? low : -1;
    }

    private static bool Takes(in BoardRow row, ulong address, int bytes) =>
        address >= row.First && address + (uint)(bytes - 1) <= row.Last && bytes <= row.Widest
            && (bytes & (bytes - 1)) == 0;

    public static bool Has(Vm* vm, in BoardRow row) => (row.Needs & ~vm->Config->Flags) == 0;

    private static ulong Read(Vm* vm, Device device, uint offset, int bytes)
    {
        switch (device)
        {
            case Device.DebugConsole: return DebugConsole.Read();
            case Device.Serial: return SerialLine.Read(vm, offset);
            case Device.Counter: return vm->Board.Counter.Read(offset);
            case Device.Scratch: return vm->Board.Scratch.Read(offset, bytes);
            case Device.LocalApic: return ApicAccess.ReadMemory(vm, offset, bytes);
            case Device.PicMaster: return InterruptRouting.ReadPic(vm, offset);
            case Device.PicSlave: return InterruptRouting.ReadPic(vm, PicPair.Slave + offset);
            case Device.PicLevels: return InterruptRouting.ReadPic(vm, PicPair.EdgeLevel + offset);
            case Device.Pit: return vm->Board.Pit.Read(offset, vm->Board.Now);
            case Device.SystemControl: return vm->Board.Pit.ReadSystemControl(vm->Board.Now);
            case Device.IoApic: return vm->Board.IoApic.Read(offset);
            case Device.Hpet: return vm->Board.Hpet.Read(offset, bytes, vm->Board.Now);
            case Device.QemuExit: return QemuExit.Read(vm, offset, bytes);
            case Device.PowerTimer: return PowerManagement.ReadTimer(offset, bytes, vm->Board.Now);
            case Device.Cmos or Device.PowerEvents: return ReadClock(vm, device, offset, bytes);
            case Device.FastReset or Device.ResetControl: return ResetPorts.Read(device, offset, bytes);
            default: return ulong.MaxValue >> (64 - (8 * bytes));
        }
    }

    private static void Write(Vm* vm, Device device, uint offset, int bytes, ulong value)
    {
        switch (device)
        {
            case Device.DebugConsole: DebugConsole.Write((byte)value); break;
            case Device.Serial: SerialLine.Write(vm, offset, (byte)value); break;
            case Device.QemuExit: QemuExit.Write(vm, offset, bytes, value); break;
            case Device.Counter: vm->Board.Counter.Write(offset, (byte)value); break;
            case Device.Scratch: vm->Board.Scratch.Write(offset, bytes, value); break;
            case Device.LocalApic: ApicAccess.WriteMemory(vm, offset, bytes, (uint)value); break;
            case Device.PicMaster: InterruptRouting.WritePic(vm, offset, (byte)value); break;
            case Device.PicSlave: InterruptRouting.WritePic(vm, PicPair.Slave + offset, (byte)value); break;
            case Device.PicLevels: InterruptRouting.WritePic(vm, PicPair.EdgeLevel + offset, (byte)value); break;
            case Device.Pit: WritePit(vm, offset, (byte)value); break;
            case Device.SystemControl: vm->Board.Pit.WriteSystemControl((byte)value, vm->Board.Now); break;
            case Device.IoApic: InterruptRouting.WriteIoApic(vm, offset, bytes, (uint)value); break;
            case Device.Hpet: WriteHpet(vm, offset, bytes, value); break;
            case Device.Cmos or Device.PowerEvents: WriteClock(vm, device, offset, bytes, value); break;
            case Device.DebugExit or Device.KeyboardReset or Device.FastReset or Device.ResetControl:
                ResetPorts.Write(vm, device, offset, bytes, value);
                break;
        }
    }

    private static void WritePit(Vm* vm, uint offset, byte value)
    {
        vm->Board.Pit.Write(offset, value, vm->Board.Now);
        Lines.Pit(vm);
        Deadlines.BoardChanged(vm);
    }

    public static void WriteHpet(Vm* vm, uint offset, int bytes, ulong value)
    {
        vm->Board.Hpet.Write(offset, bytes, value, vm->Board.Now);
        Lines.Hpet(vm);
        Deadlines.BoardChanged(vm);
    }

    // To look can end an interrupt.
    private static ulong ReadClock(Vm* vm, Device device, uint offset, int bytes)
    {
        ulong value = device == Device.Cmos
            ? vm->Board.Cmos.Read(offset, vm->Board.Now)
            : vm->Board.Power.ReadEvents(offset, bytes, vm->Board.Now);
        Lines.Clock(vm);
        Deadlines.BoardChanged(vm);
        return value;
    }

    private static void WriteClock(Vm* vm, Device device, uint offset, int bytes, ulong value)
    {
        if (device == Device.Cmos)
        {
            vm->Board.Cmos.Write(offset, (byte)value, vm->Board.Now);
        }
        else
        {
            vm->Board.Power.WriteEvents(offset, bytes, value, vm->Board.Now);
        }

        Lines.Clock(vm);
        Deadlines.BoardChanged(vm);
    }
}
