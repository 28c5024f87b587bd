// An event that a guest received: what it was, who it came from, and the state it interrupted.
namespace MinusOne.Tests.Model;

internal sealed record GuestEvent(uint Information, uint? ErrorCode, bool IsInjected, ulong ReturnRip, ulong Rflags)
{
    public byte Vector => (byte)Information;

    public InterruptionType Type => (InterruptionType)((Information >> 8) & 7);

    public bool IsException => Type is InterruptionType.HardwareException;

    public override string ToString() =>
        $"{Type} {Vector:X2}{(ErrorCode is uint code ? $" ({code:X})" : "")} at {ReturnRip:X}";
}
