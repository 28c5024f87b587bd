// A1: the first page of VMX. It is zero but for its first dword, the revision identifier of the processor; with any
// other number there VMXON fails. No guest can show this, the hypervisor does. SDM 3C 26.11.5 VMXON Region.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class VmxonRegion
{
    public static Guest Guest { get; } = new(
        "vmxon-region", "A1", "the VMXON region and its revision identifier, right and wrong",
        new GuestConfig(GuestImage.None) { Computation = Computation.VmxonRegion, End = GuestEnd.Computed })
    {
        OnlyVtx = "SVM has no region of this kind: VMRUN is given a VMCB and EFER turns it on",
    };
}
