// The VMXON region and every VMCS begin alike: one zeroed 4 KiB page whose first dword is the processor's revision
// identifier. SDM 3C 26.2 Format of the VMCS Region, 26.11.5 VMXON Region.

namespace MinusOne.Hv.Vmx;

internal static unsafe class VmxRegion
{
    public static void Prepare(Hpa region, uint revisionId)
    {
        Cpu.ClearFrame(region.Pointer);
        *(uint*)region.Pointer = revisionId;
    }
}
