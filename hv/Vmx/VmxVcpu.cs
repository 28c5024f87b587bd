// What VT-x keeps of a virtual processor beside its VMCS: in the part of a Vcpu that is the backend's.

namespace MinusOne.Hv.Vmx;

internal unsafe struct VmxVcpu
{
    public ControlWords Controls;

    // Its VMCS.
    public Hpa Region;
    public VmxCapabilities* Capabilities;
    public Interception* Interception;

    // The VMCS lets the guest reach the registers of its x2APIC without an exit: LocalApic.IsOpen.
    public bool IsApicOpen;

    // Why it was not entered.
    public VmxResult Refusal;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VmxVcpu* Of(Vcpu* vcpu) => (VmxVcpu*)vcpu->BackendPart;
}
