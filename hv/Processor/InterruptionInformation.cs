// Interruption information in its three places: what an entry injects, what event caused an exit, what event was
// being delivered when an exit came. SDM 3C 26.8.3 VM-Entry Controls for Event Injection, 26.9.2 Information for VM
// Exits Due to Vectored Events, 26.9.3 Information for VM Exits That Occur During Event Delivery.
namespace MinusOne.Hv.Processor;

internal readonly struct InterruptionInformation(uint raw)
{
    public const uint Valid = 1u << 31;
    private const uint ErrorCodeValidBit = 1u << 11;
    private const uint NmiUnblockingBit = 1u << 12;

    public readonly uint Raw = raw;

    public byte Vector => (byte)Raw;
    public InterruptionType Type => (InterruptionType)((Raw >> 8) & 7);

    // The error code stands in a field of its own.
    public bool HasErrorCode => (Raw & ErrorCodeValidBit) != 0;

    // An exception that leaves RIP at its instruction; of #DB only some do, and they say so themselves.
    public bool IsFault => Type == InterruptionType.HardwareException
        && (ExceptionVector)Vector is not (ExceptionVector.Debug or ExceptionVector.DoubleFault
            or ExceptionVector.MachineCheck);

    // Exits only: an IRET that removed NMI blocking was interrupted. Undefined in IDT-vectoring information.
    public bool NmiUnblockingDueToIret => (Raw & NmiUnblockingBit) != 0;
    public bool IsValid => (Raw & Valid) != 0;

    // These events carry the length of their instruction, on an exit and for injection.
    public bool HasInstructionLength =>
        Type is InterruptionType.SoftwareInterrupt or InterruptionType.PrivilegedSoftwareException
            or InterruptionType.SoftwareException;

    // EXT in the error code of a fault that its delivery meets. SDM 3A 6.13 Error Code.
    public bool IsExternal =>
        IsValid && Type is not (InterruptionType.SoftwareInterrupt or InterruptionType.SoftwareException);

    // IDT-vectoring information as an entry takes it: bit 12 is undefined there and reserved here.
    public InterruptionInformation ForInjection => new(Raw & ~NmiUnblockingBit);

    public static InterruptionInformation Create(InterruptionType type, byte vector, bool hasErrorCode) =>
        new(vector | ((uint)type << 8) | (hasErrorCode ? ErrorCodeValidBit : 0) | Valid);

    public static InterruptionInformation ExternalInterrupt(byte vector) =>
        Create(InterruptionType.ExternalInterrupt, vector, false);

    public static InterruptionInformation HardwareException(ExceptionVector vector, bool hasErrorCode) =>
        Create(InterruptionType.HardwareException, (byte)vector, hasErrorCode);
}

// What kind of event interruption information speaks of. SDM 3C 26.8.3 VM-Entry Controls for Event Injection.
internal enum InterruptionType : uint
{
    ExternalInterrupt = 0,
    Reserved = 1,
    Nmi = 2,
    HardwareException = 3,

    // INT n.
    SoftwareInterrupt = 4,

    // INT1.
    PrivilegedSoftwareException = 5,

    // INT3 and INTO.
    SoftwareException = 6,

    // A pending monitor-trap-flag exit (vector 0).
    OtherEvent = 7,
}

// One event for a guest: what it is, its error code if it has one, and the length of the instruction that caused it if
// software did.
internal readonly struct Event(InterruptionInformation information, uint errorCode, uint instructionLength)
{
    public readonly InterruptionInformation Information = information;
    public readonly uint ErrorCode = errorCode;
    public readonly uint InstructionLength = instructionLength;

    public bool IsValid => Information.IsValid;
    public static Event Nmi => new(InterruptionInformation.Create(InterruptionType.Nmi, 2, false), 0, 0);

    public static Event External(byte vector) => new(InterruptionInformation.ExternalInterrupt(vector), 0, 0);

    public static Event Exception(ExceptionVector vector, uint errorCode) =>
        new(InterruptionInformation.HardwareException(vector, HasErrorCode(vector)), errorCode, 0);

    // INT n of this length; INT3 and INTO.
    public static Event SoftwareInterrupt(byte vector, uint length) =>
        new(InterruptionInformation.Create(InterruptionType.SoftwareInterrupt, vector, false), 0, length);

    public static Event SoftwareException(ExceptionVector vector, uint length) =>
        new(InterruptionInformation.Create(InterruptionType.SoftwareException, (byte)vector, false), 0, length);

    // SDM 3A 6.13 Error Code. In real mode none is pushed: Injection takes it off.
    private static bool HasErrorCode(ExceptionVector vector) =>
        vector is ExceptionVector.DoubleFault or ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent
            or ExceptionVector.StackFault or ExceptionVector.GeneralProtection or ExceptionVector.PageFault
            or ExceptionVector.AlignmentCheck or ExceptionVector.ControlProtection;
}
