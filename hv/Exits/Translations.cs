// What the processor remembers of a guest's translations: of its EPT, which is forgotten when the tables have changed,
// and of its own paging structures. Without VPIDs every entry and exit forgets those; with one they are forgotten here,
// when an instruction that would have done so is carried out for the guest. SDM 3C 30.4.3 Invalidating Cached
// Translation Information.

namespace MinusOne.Hv.Exits;

internal static unsafe class Translations
{
    // All that goes by this guest's EPT pointer, before it is entered again.
    public static VmxResult Refresh(Vm* vm)
    {
        EptVpidCapabilities capabilities = vm->Machine->Facts.Vmx.EptVpid;
        VmxResult result = EptPointer.To(vm->Memory.Table.Root, capabilities).Invalidate(capabilities);
        if (result == VmxResult.Succeed)
        {
            vm->Memory.Flushed();
        }

        return result;
    }
}
