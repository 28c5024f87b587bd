// One event for a guest: what it is, its error code if it has one, and the length of the instruction that caused it if
// software did.

namespace MinusOne.Hv.Processor;

internal readonly struct Event(InterruptionInformation information, uint errorCode, uint instructionLength)
{
    public readonly InterruptionInformation Information = information;
    public readonly uint ErrorCode = errorCode;
    public readonly uint InstructionLength = instructionLength;

    public bool IsValid => Information.IsValid;

    public static Event Nmi => new(InterruptionInformation.Nmi, 0, 0);

    public static Event External(byte vector) => new(InterruptionInformation.ExternalInterrupt(vector), 0, 0);

    public static Event Exception(ExceptionVector vector, uint errorCode) =>
        new(InterruptionInformation.HardwareException(vector, HasErrorCode(vector)), errorCode, 0);

    // INT n of this length.
    public static Event SoftwareInterrupt(byte vector, uint length) =>
        new(InterruptionInformation.SoftwareInterrupt(vector), 0, length);

    // INT3 and INTO.
    public static Event SoftwareException(ExceptionVector vector, uint length) =>
        new(InterruptionInformation.SoftwareException(vector), 0, length);

    // SDM 3A 6.13 Error Code. In real mode none is pushed: Injection takes it off.
    private static bool HasErrorCode(ExceptionVector vector) =>
        vector is ExceptionVector.DoubleFault or ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent
            or ExceptionVector.StackFault or ExceptionVector.GeneralProtection or ExceptionVector.PageFault
            or ExceptionVector.AlignmentCheck or ExceptionVector.ControlProtection;
}
