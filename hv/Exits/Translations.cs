// What the processor remembers of a guest's own paging structures. Without VPIDs every entry and exit forgets it; with
// one it is forgotten here, when an instruction that would have done so is carried out for the guest. SDM 3C 30.4.3.1
// Operations that Invalidate Cached Mappings.

using MinusOne.Hv.Vmx;

namespace MinusOne.Hv.Exits;

internal static unsafe class Translations
{
    // Everything, global pages as well: more than some instructions ask for, never less.
    public static void Forget(Vm* vm, Vcpu* vcpu)
    {
        if (vcpu->Vpid == 0)
        {
            return;
        }

        InvVpidDescriptor descriptor = new() { Vpid = vcpu->Vpid };
        bool single = vm->Machine->Facts.Vmx.EptVpid.InvvpidSingleContext;
        Cpu.InvVpid(single ? InvVpidKind.SingleContext : InvVpidKind.AllContexts, &descriptor);
    }
}
