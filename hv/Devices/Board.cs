// The machine that a guest sees: its chips, its lines, its time, and the local APICs of its processors. What a chip
// registers with the bus stands with the chip, in its Plug; here is the only list of which chips there are. A chip
// gives and takes bytes, and knows nobody behind the board: what must be said to them goes through BoardCalls.
namespace MinusOne.Hv.Devices;

// What the rooms behind this one do for a board; Hypervisor.cs sets it. Each is given the guest.
internal unsafe struct BoardCalls
{
    // The serial port has sent a byte.
    public delegate*<void*, byte, void> Sent;

    // The guest has a line for the hypervisor's log.
    public delegate*<void*, ReadOnlySpan<byte>, void> Said;

    // What was typed can be looked at; with `wants` the port has room for some of it, at this time.
    public delegate*<void*, ulong, bool, void> Look;

    // A device ends the guest, and what it has to say with that.
    public delegate*<void*, GuestEnd, uint, void> Ended;

    // A processor that does not run has got something. This one is called on the short path of an exit, too.
    public delegate*<void*, uint, void> Woken;
}

internal unsafe struct Board
{
    // As many as the ACPI tables have room for.
    public const int MostProcessors = 8;

    private const ulong PageMask = 0xFFF;

    public SerialPort Serial;
    public PicPair Pic;
    public IoApic IoApic;
    public Pit Pit;
    public Hpet Hpet;
    public Cmos Cmos;
    public PowerManagement Power;
    public KeyboardController Keyboard;
    public PciBus Pci;
    public uint TestLatch;

    // The bus knows which device has which addresses; the short path has an index of it. The clocks below are brought
    // up to now without a search.
    public Bus* Bus;
    public ulong* ShortPorts;
    public ulong* ShortPages;
    private uint _watchers;
    public byte SerialClock;
    public byte HpetClock;
    public byte VirtioClock;

    // Another guest is typed at, and looks at the console for all.
    public bool LooksSeldom;

    public VirtioDevice* Card;
    public VirtioDevice* Console;

    // The hypervisor that CPUID names.
    public HypervisorKind Hypervisor;

    // No exit is being handled that could hold an address of the guest's memory: what is due is done at a deadline.
    public bool IsAtRest;

    // Nobody shares the other end of the serial port.
    public bool HasOwnLine;

    // The whole PC; otherwise the small board of a demonstration, with nobody that a line goes to.
    public bool IsPc;

    // Its processors that run at the same time, on another one of the machine, a bit each.
    public byte Elsewhere;

    // INTR of the 8259 pair as LINT0 has seen it.
    public bool IsPicHigh;

    // The lines that are high (InterruptRouting.cs), and those that the HPET holds by level, a bit each.
    public uint HighLines;
    public uint HpetLevels;

    // The local APIC of the processor that runs, or was the last to run; and all of them.
    public LocalApic* Apic;
    public uint ApicCount;
    private ApicArray _apics;

    // The guest's time: what the chips are given as `now`. When it must be interrupted for them, as a host TSC value;
    // Due and BoardDue say the same on its clock, for all chips and for all but the local APIC. Deadlines.cs.
    public GuestClock Clock;
    public ulong Deadline;
    public ulong Due;
    public ulong BoardDue;

    // A guest that began where the TSC counts at another rate goes on with that one, which exits. Null: it has the
    // processor's.
    public ForeignTsc* Tsc;

    // When the console must be looked at again, on the guest's clock.
    public ulong PollDue;

    // TSC ticks that the guest has to itself after a deadline, however soon the next one is.
    public ulong LeastTicks;

    // The guest is interrupted at the end of its slice, at the end of its time, or at the deadline: the alarm is the
    // earliest of the three. All are host TSC values.
    public ulong SliceEnd;
    public ulong TimeLimit;
    public ulong Alarm;

    // Those behind the board, and what they call its guest.
    public BoardCalls* Calls;
    public void* Guest;

    public readonly ulong Now => Clock.Now(Cpu.ReadTsc());

    // So many TSC ticks did not happen for the guest.
    public void Skip(ulong ticks)
    {
        Clock.Skip(ticks);
        if (Tsc != null)
        {
            Tsc->Clock.Skip(ticks);
        }
    }

    // What the guest's TSC is an offset from, at this host TSC.
    public readonly ulong GuestTsc(ulong tsc) => Tsc == null ? tsc : Tsc->Clock.Now(tsc);

    public LocalApic* First => At(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LocalApic* At(uint index) => (LocalApic*)Unsafe.AsPointer(ref _apics) + index;

    // A processor may have breakpoints on ports. Then nobody's accesses go the short way, which does not look for them.
    public void WatchPorts(uint processor, bool isOn)
    {
        _watchers = (_watchers & ~(1u << (int)processor)) | (isOn ? 1u << (int)processor : 0);
        ShortPorts = _watchers != 0 ? Bus->None : Bus->Ports.Short;
    }

    // Before a guest starts. The bus has a frame of its own.
    public void Plug(Bus* bus, bool isPc)
    {
        Board* board = Self;
        Bus = bus;
        IsPc = isPc;
        bus->Reset();
        ShortPorts = bus->Ports.Short;
        ShortPages = bus->Memory.Short;
        SerialAccess.Plug(board);
        DebugPort.Plug(board, DebugPort.Bochs);
        PowerAccess.PlugControl(board);
        if (isPc)
        {
            PicAccess.Plug(board);
            ApicAccess.Plug(board);
            PitAccess.Plug(board);
            HpetAccess.Plug(board);
            ClockAccess.Plug(board);
            PowerAccess.Plug(board);
            ResetPorts.Plug(board);
            PciBus.Plug(board);
            VirtioClock = bus->AddClock(&VirtioDevice.Elapse);
            KeyboardController.Plug(board);
        }
    }

    // What was ordered for it is plugged in, and its devices' memory becomes part of the guest's, which they may reach
    // for. False: two devices overlap, or something else is there.
    public bool TryMap(
        GuestMemory* memory, FramePool* frames, in DeviceOrder order, NetState net,
        out ReadOnlySpan<byte> complaint)
    {
        if (IsPc && !TryPlug(frames, in order, net, out complaint))
        {
            return false;
        }

        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            if (Pci.At(slot) != null)
            {
                ((VirtioDevice*)Pci.At(slot))->Memory = memory;
            }
        }

        complaint = "two of its devices overlap, or one lies in its memory"u8;
        for (int i = 0; i < Bus->Memory.Count && !Bus->HasRefused; i++)
        {
            ref readonly BusRange range = ref Bus->Memory[i];
            ulong start = range.First & ~PageMask;
            if (memory->AddRegion(GuestRegionKind.Device, new Gpa(start), (range.End | PageMask) + 1 - start)
                != RegionStatus.Added)
            {
                return false;
            }
        }

        return !Bus->HasRefused;
    }

    private bool TryPlug(
        FramePool* frames, in DeviceOrder order, NetState net, out ReadOnlySpan<byte> complaint)
    {
        if (order.HasDebugPort)
        {
            DebugPort.Plug(Self, DebugPort.Firmware);
        }

        complaint = "no frame left for its disks, or it has too many"u8;
        for (int i = 0; i < order.Disks.Count; i++)
        {
            if (!VirtioBlock.TryPlug(Self, frames, in order.Disks[i]))
            {
                return false;
            }
        }

        complaint = "no frame left for its network card, or no slot"u8;
        if (net.Lan != null && !VirtioNet.TryPlug(Self, frames, in net))
        {
            return false;
        }

        complaint = "no frame left for its random numbers, or no slot"u8;
        if (order.Rng == Choice.Yes && !VirtioRng.TryPlug(Self, frames))
        {
            return false;
        }

        complaint = "no frame left for its balloon, or no slot"u8;
        if (order.Balloon == Choice.Yes && !VirtioBalloon.TryPlug(Self, frames, order.BalloonPages))
        {
            return false;
        }

        complaint = "no frame left for its console, or no slot"u8;
        return order.Console is not (ConsoleKind.Virtio or ConsoleKind.SerialOfBoth)
            || VirtioConsole.TryPlug(Self, frames, in order);
    }

    // Another guest's frame may come for it.
    public bool IsListening => Card != null && Card->IsListening;

    // Everything that has a frame of its own gives it back.
    public readonly void Release(FramePool* frames)
    {
        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            var device = (VirtioDevice*)Pci.At(slot);
            if (device != null)
            {
                device->Net.Leave();
                frames->Free(new Hpa(device), FrameOwner.Hypervisor);
            }
        }

        frames->Free(new Hpa(Bus), FrameOwner.Hypervisor);
    }

    // A processor whose events these are. It does not run before it is the first, or is started.
    public LocalApic* Add(PendingEvents* events)
    {
        LocalApic* apic = At(ApicCount++);
        apic->Events = events;
        Apic = First;
        return apic;
    }

    public uint In(ushort port, int bytes) => (uint)Bus->Ports.Read(Self, port, bytes);
    public void Out(ushort port, int bytes, uint value) => Bus->Ports.Write(Self, port, bytes, value);
    public ulong ReadMemory(Gpa address, int bytes) => Bus->Memory.Read(Self, address.Value, bytes);

    public void WriteMemory(Gpa address, int bytes, ulong value) =>
        Bus->Memory.Write(Self, address.Value, bytes, value);

    // A device has come to the guest's end.
    public readonly void End(GuestEnd end, uint value = 0) => Calls->Ended(Guest, end, value);

    // What an access reads where a device has nothing.
    public static ulong Ones(int bytes) => ulong.MaxValue >> (64 - (8 * bytes));

    // Boards do not move.
    private Board* Self => (Board*)Unsafe.AsPointer(ref this);

    [InlineArray(MostProcessors)]
    private struct ApicArray { private LocalApic _first; }
}
