// How often an exit of this reason must have come, from least to most.

using System.Runtime.InteropServices;

namespace MinusOne.Hv.Guests;

[StructLayout(LayoutKind.Sequential)]
internal struct ExitExpectation
{
    public uint Reason;
    public uint Least;
    public uint Most;
    public uint Reserved;
}
