// The registers of the local APIC as software sees them, in both modes. SDM 3A 12.4 Local APIC, 12.5 Handling Local
// Interrupts, 12.12 Extended XAPIC (x2APIC). In x2APIC mode reserved bits, and registers that are not there, are #GP;
// in xAPIC mode reserved bits are dropped, and registers that are not there are an error in the error status register.
namespace MinusOne.Hv.Devices.Interrupts;

internal unsafe partial struct LocalApic
{
    private const ulong BootBit = 1UL << 8;
    private const ulong X2Bit = 1UL << 10;
    private const ulong EnabledBit = 1UL << 11;
    private const ulong AddressMask = 0xF_FFFF_FFFF_F000;
    private const ulong DefaultAddress = 0xFEE0_0000;
    private const ulong BaseAtReset = DefaultAddress | BootBit | EnabledBit;
    private const uint FlatModel = 0xFFFF_FFFF;

    // An integrated APIC with six entries in its local vector table.
    private const uint VersionWord = 0x0005_0014;

    private const uint CommandBits = 0x000C_CFFF;

    // Bits that are no reserved ones although they cannot be written: kernels write back what they have read.
    private const uint DeliveryStatus = 1u << 12;
    private const uint RemoteIrr = 1u << 14;

    public readonly bool IsInMemory => Mode == ApicMode.XApic;

    // SDM 3A 12.4.7.1 Local APIC State After Power-Up or Reset.
    public void Reset(byte* page, uint id)
    {
        this = new LocalApic
        {
            IsVirtual = IsVirtual,
            Events = Events,
            IsStarted = IsStarted,
            Signals = Signals,
            StartVector = StartVector,
            Page = page,
            Id = id,
        };
        Base = BaseAtReset & ~(id == 0 ? 0 : BootBit);
        new System.Span<byte>(page, 4096).Clear();
        ResetRegisters();
    }

    // Its transition has been checked. Turned off and on again, it is as after reset.
    public void SetBase(ulong value)
    {
        ApicMode before = Mode;
        Base = value;
        if (Mode == ApicMode.Disabled && before != ApicMode.Disabled)
        {
            ResetRegisters();
        }
        else if (Mode == ApicMode.X2Apic && before != ApicMode.X2Apic)
        {
            EnterX2Mode();
            Update();
        }
    }

    // The processor has got an INIT: the mode stays, and the id. SDM 3A 12.4.7.3, 12.12.5.1.
    public void Init()
    {
        ResetRegisters();
        Steal = default;
        _eoi = 0;
        if (Mode == ApicMode.X2Apic)
        {
            EnterX2Mode();
        }
    }

    public readonly ulong Command =>
        ((ulong)Register(ApicRegister.CommandHigh) << 32) | Register(ApicRegister.CommandLow);

    // A register of 32 bits, wherever it is asked for. False: there is none.
    public bool TryRead(ApicRegister register, ulong now, out uint value)
    {
        value = 0;
        Settle();
        switch (register)
        {
            case ApicRegister.CurrentCount: value = CurrentCount(now); return true;
            case ApicRegister.ArbitrationPriority or ApicRegister.RemoteRead or ApicRegister.DestinationFormat
                or ApicRegister.CommandHigh:
                value = Register(register);
                return Mode != ApicMode.X2Apic;
            default: value = IsReadable(register) ? Register(register) : 0; return IsReadable(register);
        }
    }

    // False: #GP in x2APIC mode. Commands and EOI are not among them: ApicAccess.
    public bool TryWrite(ApicRegister register, uint value, ulong now)
    {
        bool isStrict = Mode == ApicMode.X2Apic;
        uint bits = WritableBits(register);
        if (isStrict && (value & ~(bits | ReadOnlyBits(register))) != 0)
        {
            return false;
        }

        value &= bits;
        switch (register)
        {
            case ApicRegister.TaskPriority: SetTaskPriority(value); return true;
            case ApicRegister.LogicalDestination or ApicRegister.CommandHigh when !isStrict:
                Register(register) = value;
                return true;
            case ApicRegister.DestinationFormat when !isStrict:
                Register(register) = value | 0x0FFF_FFFF;
                return true;
            case ApicRegister.SpuriousVector: SetSpuriousVector(value); return true;
            case ApicRegister.ErrorStatus:
                Register(register) = _errors;
                _errors = 0;
                return true;
            case ApicRegister.LvtTimer: SetTimerEntry(value, now); return true;
            case >= ApicRegister.LvtThermal and <= ApicRegister.LvtError when bits != 0:
                Register(register) = value | (IsSoftwareEnabled ? 0 : Masked);
                return true;
            case ApicRegister.InitialCount: SetInitialCount(value, now); return true;
            case ApicRegister.Divide: SetDivide(value, now); return true;
            default:
                // Read-only registers ignore writes in xAPIC mode.
                return !isStrict && IsReadable(register);
        }
    }

    public void SetTaskPriority(uint value)
    {
        Register(ApicRegister.TaskPriority) = value;
        if (!IsVirtual)
        {
            Rank();
        }
    }

    // Bit 12 (delivery status) stays 0: sent at once.
    public void SetCommand(ulong command)
    {
        Register(ApicRegister.CommandLow) = (uint)command & CommandBits;
        Register(ApicRegister.CommandHigh) = (uint)(command >> 32);
    }

    public static bool IsCommand(ulong command) => ((uint)command & ~CommandBits) == 0;

    private readonly void EnterX2Mode()
    {
        Register(ApicRegister.Id) = Id;
        Register(ApicRegister.LogicalDestination) = ((Id >> 4) << 16) | (1u << (int)(Id & 15));
        Register(ApicRegister.CommandHigh) = 0;
    }

    private void ResetRegisters()
    {
        if ((_eoi & EoiOffered) != 0)
        {
            TakeBackOffer();
        }

        for (uint offset = 0x20; offset < 0x400; offset += 16)
        {
            Register((ApicRegister)offset) = 0;
        }

        Register(ApicRegister.Id) = Id << 24;
        Register(ApicRegister.Version) = VersionWord;
        Register(ApicRegister.DestinationFormat) = FlatModel;
        Register(ApicRegister.SpuriousVector) = 0xFF;
        _requestWords = IsVirtual ? Unknown : 0;
        _serviceWords = _errors = 0;
        MaskAll();
        StopTimer();
        Update();
    }

    // While it is disabled by software, the entries of the vector table are masked.
    private void SetSpuriousVector(uint value)
    {
        Register(ApicRegister.SpuriousVector) = value;
        if ((value & SoftwareEnable) == 0)
        {
            MaskAll();
        }

        Update();
    }

    private readonly void MaskAll()
    {
        for (ApicRegister entry = ApicRegister.LvtTimer; entry <= ApicRegister.LvtError; entry += 16)
        {
            Register(entry) |= Masked;
        }
    }

    private static bool IsReadable(ApicRegister register) => register switch
    {
        ApicRegister.Id or ApicRegister.Version or ApicRegister.Divide => true,
        >= ApicRegister.TaskPriority and <= ApicRegister.ErrorStatus => register != ApicRegister.EndOfInterrupt,
        >= ApicRegister.CommandLow and <= ApicRegister.CurrentCount => true,
        _ => false,
    };

    private static uint ReadOnlyBits(ApicRegister register) => register switch
    {
        ApicRegister.LvtLint0 or ApicRegister.LvtLint1 => DeliveryStatus | RemoteIrr,
        >= ApicRegister.LvtTimer and <= ApicRegister.LvtError => DeliveryStatus,
        _ => 0,
    };

    private readonly uint WritableBits(ApicRegister register) => register switch
    {
        ApicRegister.TaskPriority => 0x0000_00FF,
        ApicRegister.LogicalDestination or ApicRegister.CommandHigh => 0xFF00_0000,
        ApicRegister.DestinationFormat => 0xF000_0000,
        ApicRegister.SpuriousVector => 0x0000_03FF,
        ApicRegister.ErrorStatus => Mode == ApicMode.X2Apic ? 0 : uint.MaxValue,
        ApicRegister.LvtTimer => 0x0007_00FF,
        ApicRegister.LvtThermal or ApicRegister.LvtPerformance => 0x0001_07FF,
        ApicRegister.LvtLint0 or ApicRegister.LvtLint1 => 0x0001_A7FF,
        ApicRegister.LvtError => 0x0001_00FF,
        ApicRegister.InitialCount => uint.MaxValue,
        ApicRegister.Divide => 0x0000_000B,
        _ => 0,
    };
}
