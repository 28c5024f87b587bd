// INVEPT and INVVPID: which operands are refused, and what they make the processor forget. SDM 3C 33.3 INVEPT, INVVPID.
namespace MinusOne.Tests.Model;

internal sealed partial class SoftVmx
{
    // How often INVVPID has made it forget something.
    public int VpidInvalidations { get; private set; }

    public VmxResult InvEpt(InvEptKind kind, InvEptDescriptor descriptor)
    {
        RequireOperation("INVEPT");
        Require(Capabilities.Invept, "#UD: INVEPT, which does not exist here");
        bool pointerCounts = kind == InvEptKind.SingleContext;
        if (!Capabilities.InveptType((ulong)kind) || descriptor.Reserved != 0
            || (pointerCounts && !Capabilities.IsEptPointer(descriptor.EptPointer, _cpu.PhysicalAddressBits)))
        {
            return Fail(InstructionError.InvalidOperandToInveptOrInvvpid);
        }

        if (pointerCounts)
        {
            Tlb.ForgetEpt(descriptor.EptPointer);
        }
        else
        {
            Tlb.ForgetAllEpt();
        }

        return VmxResult.Succeed;
    }

    public VmxResult InvVpid(InvVpidKind kind, InvVpidDescriptor descriptor)
    {
        RequireOperation("INVVPID");
        Require(Capabilities.Invvpid, "#UD: INVVPID, which does not exist here");
        bool vpidCounts = kind != InvVpidKind.AllContexts;
        bool addressCounts = kind == InvVpidKind.IndividualAddress;
        if (!Capabilities.InvvpidType((ulong)kind) || descriptor.Vpid >> 16 != 0 || (vpidCounts && descriptor.Vpid == 0)
            || (addressCounts && !MsrRules.IsCanonical(descriptor.LinearAddress)))
        {
            return Fail(InstructionError.InvalidOperandToInveptOrInvvpid);
        }

        VpidInvalidations++;
        ushort vpid = (ushort)descriptor.Vpid;
        switch (kind)
        {
            case InvVpidKind.IndividualAddress:
                Tlb.ForgetLinear(vpid, descriptor.LinearAddress);
                break;
            case InvVpidKind.SingleContext:
                Tlb.ForgetVpid(vpid, keepGlobals: false);
                break;
            case InvVpidKind.SingleContextRetainingGlobals:
                Tlb.ForgetVpid(vpid, keepGlobals: true);
                break;
            default:
                Tlb.ForgetAllLinear();
                break;
        }

        return VmxResult.Succeed;
    }
}
