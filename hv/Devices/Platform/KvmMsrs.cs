// MSRs that KVM has for its guests, where CPUID says that there is KVM: what belongs to which part. Linux's
// Documentation/virt/kvm/x86/msr.rst. Left out: reading them, which nobody needs, and those whose features are not
// told.
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class KvmMsrs
{
    // At the guest's beginning its TSC was `start`. False: there is no such MSR, or not for this value.
    public static bool TryWrite(Board* board, GuestMemory* memory, uint msr, ulong value, ulong start, ulong tscHertz)
    {
        if (board->Hypervisor != HypervisorKind.Kvm)
        {
            return false;
        }

        switch ((Msr)msr)
        {
            case Msr.KvmWallClock or Msr.KvmSystemTime:
                return KvmClock.TryWrite(board, memory, msr, value, start, tscHertz);
            case Msr.KvmStealTime: return board->Apic->Steal.TrySet(value);
            case Msr.KvmEoi: return HypervisorLeaves.HasEoi(board) && board->Apic->TrySetEoi(memory, value);
            default: return false;
        }
    }
}
