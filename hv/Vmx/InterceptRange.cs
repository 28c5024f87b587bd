// Ports or MSRs, from the first to the last, and which accesses of them exit.

namespace MinusOne.Hv.Vmx;

[StructLayout(LayoutKind.Sequential)]
internal struct InterceptRange
{
    public uint First;
    public uint Last;

    // 0: none; 1: reads; 2: writes; 3: both. For ports 0 or 3. MSRs outside the bitmap's two ranges always exit.
    public uint Accesses;
    public uint Reserved;
}
