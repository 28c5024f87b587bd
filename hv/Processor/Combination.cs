// What becomes of an exception that comes while another event is being delivered. SDM 3A 6.15 Interrupt 8: Double Fault
// Exception, the two tables there.

namespace MinusOne.Hv.Processor;

internal enum CombinedFault : byte
{
    // One after the other.
    Serial,
    DoubleFault,
    TripleFault,
}

internal static class Combination
{
    public static CombinedFault Of(in Event first, ExceptionVector second)
    {
        if (!first.IsValid || first.Information.Type != InterruptionType.HardwareException)
        {
            return CombinedFault.Serial;
        }

        var vector = (ExceptionVector)first.Information.Vector;
        bool secondIsSerious = IsContributory(second) || second == ExceptionVector.PageFault;
        if (vector == ExceptionVector.DoubleFault)
        {
            return secondIsSerious ? CombinedFault.TripleFault : CombinedFault.Serial;
        }

        bool combine = (IsContributory(vector) && IsContributory(second))
            || (vector == ExceptionVector.PageFault && secondIsSerious);
        return combine ? CombinedFault.DoubleFault : CombinedFault.Serial;
    }

    private static bool IsContributory(ExceptionVector vector) =>
        vector is ExceptionVector.DivideError or ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent
            or ExceptionVector.StackFault or ExceptionVector.GeneralProtection or ExceptionVector.ControlProtection;
}
