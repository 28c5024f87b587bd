// A virtual processor's registers, by a debugger's numbers: read, and written as far as a value cannot make the next
// entry fail. What lives in the processor while the host runs is looked at in the area where a switch puts it.
namespace MinusOne.Hv.Debug;

internal readonly unsafe ref struct DebugRegisterFile(Machine* machine, Vcpu* vcpu)
{
    private const int ControlWord = 0, StatusWord = 2, Tags = 4, Opcode = 6, Instruction = 8, Operand = 16;
    private const int X87Registers = 32, XmmRegisters = 160, Header = 512;
    private const int InXmmSave = 6;
    private const int Rsp = 4;
    private const ulong WritableFlags = 0x24_7FD5;
    private const ulong FixedFlags = 2;

    private readonly Machine* _machine = machine;
    private readonly Vcpu* _vcpu = vcpu;

    public bool HasAvx => (_vcpu->States & (ulong)XsaveStates.Avx) != 0;
    public int Count => RegisterTable.Count(HasAvx);

    // The order in GDB's list, as numbers in machine code.
    private static ReadOnlySpan<byte> General => [0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15];

    private static ReadOnlySpan<byte> SegmentOrder => [1, 2, 3, 0, 4, 5];

    private byte* Area => (byte*)_vcpu->StateArea.Pointer;
    private byte* AvxArea => Area + Cpu.Cpuid(0xD, 2).Ebx;

    // Between the two, registers can be read and written.
    public void Open()
    {
        VcpuSwitch.To(_vcpu);
        VcpuSwitch.Unload(Vm.Of(_vcpu)->Processor);
    }

    public void Close() => VcpuSwitch.To(_vcpu);

    // Answers how many bytes it has.
    public int Read(int register, Span<byte> value)
    {
        int bytes = RegisterTable.Bytes(register);
        byte* place = VectorPlace(register);
        if (place != null)
        {
            new ReadOnlySpan<byte>(place, bytes).CopyTo(value);
            return bytes;
        }

        ulong number = register switch
        {
            < RegisterTable.Rip => GeneralRegister(General[register]),
            RegisterTable.Rip => GuestState.Rip,
            RegisterTable.Flags => (ulong)GuestState.Rflags,
            < RegisterTable.FirstX87 => GuestState.Selector(SegmentOf(register)),
            < RegisterTable.FirstXmm => X87Control(register - RegisterTable.FirstX87Control),
            RegisterTable.Mxcsr => *(uint*)(Area + 24),
            RegisterTable.FsBase => GuestState.Base(GuestSegment.Fs),
            RegisterTable.GsBase => GuestState.Base(GuestSegment.Gs),
            _ => SystemRegisters.Read(_vcpu, register - RegisterTable.FirstSystem),
        };
        new ReadOnlySpan<byte>(&number, bytes).CopyTo(value);
        return bytes;
    }

    // False: it cannot be written, or not with this value.
    public bool TryWrite(int register, ReadOnlySpan<byte> value)
    {
        byte* place = VectorPlace(register);
        if (place != null)
        {
            value.CopyTo(new Span<byte>(place, value.Length));
            *(ulong*)(Area + Header) |= _vcpu->States & (ulong)(XsaveStates.X87 | XsaveStates.Sse | XsaveStates.Avx);
            return true;
        }

        ulong number = 0;
        value.CopyTo(new Span<byte>(&number, sizeof(ulong)));
        switch (register)
        {
            case < RegisterTable.Rip:
                GuestMode.WriteRegister(_vcpu, General[register], number, sizeof(ulong));
                return true;
            case RegisterTable.Rip: return TrySetRip(number);
            case RegisterTable.Flags: return SetFlags(number);
            case RegisterTable.FsBase: return TrySetBase(GuestSegment.Fs, number);
            case RegisterTable.GsBase: return TrySetBase(GuestSegment.Gs, number);
            default: return IsSame(register, number);
        }
    }

    // One that stays as it is, as when a debugger writes all of them, has been written.
    private bool IsSame(int register, ulong wanted)
    {
        ulong now = 0;
        int bytes = Read(register, new Span<byte>(&now, sizeof(ulong)));
        bool isSame = bytes == sizeof(ulong) ? now == wanted : (uint)now == (uint)wanted;
        return isSame || (register >= RegisterTable.FirstSystem
            && SystemRegisters.TryWrite(_vcpu, register - RegisterTable.FirstSystem, wanted));
    }

    private ulong GeneralRegister(int number) => number == Rsp ? GuestState.Rsp : _vcpu->Registers[number];

    // STI's shadow goes with the flag that it is about.
    private static bool SetFlags(ulong value)
    {
        ulong kept = (ulong)GuestState.Rflags & (ulong)(Rflags.Virtual8086 | Rflags.Resume);
        GuestState.Rflags = (Rflags)((value & WritableFlags) | FixedFlags | kept);
        if ((value & (ulong)Rflags.InterruptEnable) == 0 && GuestState.Blocking.BlockingBySti)
        {
            GuestState.Blocking = GuestState.Blocking.AfterInstruction;
        }

        return true;
    }

    private static bool TrySetRip(ulong value)
    {
        bool isGood = GuestMode.Is64Bit ? RegisterLimits.IsCanonical(value, 48) : value <= uint.MaxValue;
        if (isGood)
        {
            GuestState.Rip = value;
        }

        return isGood;
    }

    private static bool TrySetBase(GuestSegment segment, ulong value)
    {
        // In virtual-8086 mode the selector says it.
        bool isFixed = (GuestState.Rflags & Rflags.Virtual8086) != 0;
        bool isGood = isFixed ? value == GuestState.Base(segment) : RegisterLimits.IsCanonical(value, 48);
        if (isGood)
        {
            GuestState.SetBase(segment, value);
        }

        return isGood;
    }

    private static GuestSegment SegmentOf(int register) =>
        (GuestSegment)SegmentOrder[register - RegisterTable.FirstSegment];

    // Null: it is no vector.
    private byte* VectorPlace(int register)
    {
        int xmm = register - RegisterTable.FirstXmm;
        return register is >= RegisterTable.FirstX87 and < RegisterTable.FirstX87Control
                ? Area + X87Registers + (16 * (register - RegisterTable.FirstX87))
            : register is < RegisterTable.FirstXmm or >= RegisterTable.Mxcsr and < RegisterTable.FirstYmm ? null
            : register >= RegisterTable.FirstYmm ? AvxArea + (16 * (register - RegisterTable.FirstYmm))
            : xmm < InXmmSave ? (byte*)(_vcpu->Registers.Xmm + (2 * xmm))
            : Area + XmmRegisters + (16 * xmm);
    }

    // FCTRL, FSTAT, FTAG, FISEG, FIOFF, FOSEG, FOOFF, FOP; the tags as FSTENV has them, two bits each.
    private ulong X87Control(int index) => index switch
    {
        0 => *(ushort*)(Area + ControlWord),
        1 => *(ushort*)(Area + StatusWord),
        2 => FullTags(Area[Tags]),
        4 => *(uint*)(Area + Instruction),
        6 => *(uint*)(Area + Operand),
        7 => *(ushort*)(Area + Opcode) & 0x7FFu,
        _ => 0,
    };

    private static ulong FullTags(byte used)
    {
        ulong tags = 0;
        for (int i = 0; i < 8; i++)
        {
            tags |= ((used >> i) & 1) != 0 ? 0 : 3UL << (2 * i);
        }

        return tags;
    }
}
