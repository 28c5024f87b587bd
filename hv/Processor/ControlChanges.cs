// What changes against the ordinary setting of the VMCS. What is cleared here is clear even if we count on it.
namespace MinusOne.Hv.Processor;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ControlChanges
{
    public uint PinSet;
    public uint PinClear;
    public uint PrimarySet;
    public uint PrimaryClear;
    public uint SecondarySet;
    public uint SecondaryClear;
    public uint ExitSet;
    public uint ExitClear;
    public uint ExceptionBitmap;
    public uint PageFaultMask;
    public uint PageFaultMatch;

    // Bits that the EPT pointer does not have: bit 6 turns accessed and dirty flags on.
    public uint EptPointerClear;

    // Bits that the guest/host masks have beside the ordinary ones.
    public ulong Cr0Mask;
    public ulong Cr4Mask;

    // Ports and MSRs whose interception is turned on or off against the ordinary bitmaps, in this order: the last
    // word counts.
    public InterceptRange* Ports;
    public ulong PortCount;
    public InterceptRange* Msrs;
    public ulong MsrCount;
}

// Ports or MSRs, from the first to the last, and which accesses of them exit.
[StructLayout(LayoutKind.Sequential)]
internal struct InterceptRange
{
    public uint First;
    public uint Last;

    // 0: none; 1: reads; 2: writes; 3: both. For ports 0 or 3. MSRs outside the bitmap's two ranges always exit.
    public uint Accesses;
    public uint Reserved;
}
