// How often an exit of this reason must have come, from least to most.

namespace MinusOne.Hv.Lessons;

[StructLayout(LayoutKind.Sequential)]
internal struct ExitExpectation
{
    public uint Reason;
    public uint Least;
    public uint Most;
    public uint Reserved;
}
