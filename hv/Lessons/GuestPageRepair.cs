// A page fault answered by the hypervisor: the entry of the guest's own paging structures that is not present is made
// so, and the access is tried again. Four-level paging only, where the demonstration runs; anything else is the guest's
// fault to take. SDM 3A 5.5 4-Level Paging and 5-Level Paging.

namespace MinusOne.Hv.Lessons;

internal static unsafe class GuestPageRepair
{
    private const ulong Present = 1;
    private const ulong Large = 1UL << 7;
    private const ulong TableMask = 0x000F_FFFF_FFFF_F000;
    private const int Levels = 4;

    public static Verdict MakePresent(Vm* vm, Vcpu* vcpu, Gva address)
    {
        if (new GuestSpace(vm).PagingMode != PagingMode.FourLevel)
        {
            return Exceptions.PageFault(vm, vcpu, address, ErrorCode);
        }

        var tables = new GuestTables(&vm->Memory, hasOpenBus: false);
        var table = new Gpa(GuestState.Cr3 & TableMask);
        for (int level = Levels; level > 0; level--)
        {
            Gpa slot = table + (((address.Value >> PageLevel.Shift(level)) & 0x1FF) * 8);
            if (!tables.TryRead(slot, 8, out ulong entry))
            {
                return vm->EndWith(GuestEnd.IllegalAddress, slot, PageRights.Read);
            }

            if ((entry & Present) == 0)
            {
                return entry != 0 && tables.TryWrite(slot, 8, entry | Present)
                    ? Verdict.Resume
                    : Exceptions.PageFault(vm, vcpu, address, ErrorCode);
            }

            if ((entry & Large) != 0 && level < Levels)
            {
                break;
            }

            table = new Gpa(entry & TableMask);
        }

        return Exceptions.PageFault(vm, vcpu, address, ErrorCode);
    }

    private static PageFaultError ErrorCode => (PageFaultError)ExitFacts.EventErrorCode;
}
