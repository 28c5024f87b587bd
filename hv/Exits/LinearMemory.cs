// Guest memory by linear address, for instructions that are carried out in the guest's name: the guest's own paging decides, and
// what it refuses is the guest's fault to take. SDM 3A 5.1 Paging Overview. Segment limits are not looked at: for the accesses
// that come here the processor has.

using System;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits;

internal static unsafe class LinearMemory
{
    private const uint Pages1G = 1u << 26;

    // False: nothing was changed, and `refusal` is what to answer the exit with.
    public static bool TryRead(Vm* vm, Vcpu* vcpu, Gva address, Span<byte> destination, GuestAccess access, out Verdict refusal)
    {
        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length, 0x1000 - (int)address.PageOffset);
            if (!TryReach(vm, vcpu, address, access, out byte* host, out refusal))
            {
                return false;
            }

            new ReadOnlySpan<byte>(host, count).CopyTo(destination);
            destination = destination.Slice(count);
            address += (ulong)count;
        }

        refusal = Verdict.Advance;
        return true;
    }

    // At most one page boundary lies inside. Both sides are reached before anything is written.
    public static bool TryWrite(Vm* vm, Vcpu* vcpu, Gva address, ReadOnlySpan<byte> source, GuestAccess access, out Verdict refusal)
    {
        int first = Math.Min(source.Length, 0x1000 - (int)address.PageOffset);
        access |= GuestAccess.Write;
        byte* rest = null;
        if (!TryReach(vm, vcpu, address, access, out byte* host, out refusal)
            || (first < source.Length && !TryReach(vm, vcpu, address + (ulong)first, access, out rest, out refusal)))
        {
            return false;
        }

        source.Slice(0, first).CopyTo(new Span<byte>(host, first));
        source.Slice(first).CopyTo(new Span<byte>(rest, source.Length - first));
        return true;
    }

    // As the guest translates at the moment.
    public static GuestPaging CurrentPaging
    {
        get
        {
            CpuidResult features;
            Cpu.Cpuid(CpuidFilter.FirstExtended + 1, 0, &features);
            var paging = new GuestPaging(
                GuestMode.Cr0, Vmcs.Read(VmcsNatural.GuestCr3), GuestMode.Cr4, (Efer)Vmcs.Read(Vmcs64.GuestEfer),
                RegisterLimits.Read().PhysicalAddressBits, (features.Edx & Pages1G) != 0);
            for (uint i = 0; paging.Mode == PagingMode.Pae && i < 4; i++)
            {
                paging.SetPdpte((int)i, Vmcs.Read(Vmcs64.GuestPdpte0 + (2 * i)));
            }

            return paging;
        }
    }

    private static bool TryReach(Vm* vm, Vcpu* vcpu, Gva address, GuestAccess access, out byte* host, out Verdict refusal)
    {
        host = null;
        refusal = Verdict.Advance;
        var tables = new GuestTables(&vm->Memory);
        GuestPaging paging = CurrentPaging;
        GuestTranslation translation = GuestWalk.Translate(ref tables, in paging, address, access);
        bool writes = (access & GuestAccess.Write) != 0;
        switch (translation.Status)
        {
            case GuestWalkStatus.PageFault:
                refusal = Exceptions.PageFault(vm, vcpu, address, translation.ErrorCode);
                return false;
            case GuestWalkStatus.NotCanonical:
                refusal = Exceptions.GeneralProtection(vm, vcpu);
                return false;
            case GuestWalkStatus.TableUnreachable:
                refusal = vm->EndWith(GuestEnd.IllegalAddress, translation.Address, PageRights.Read);
                return false;
        }

        PageRights rights = writes ? PageRights.Write : PageRights.Read;
        Resolution reached = vm->Memory.TryReach(translation.Address, rights, out host);
        if (reached == Resolution.Mapped)
        {
            return true;
        }

        bool isFull = reached is Resolution.QuotaExhausted or Resolution.OutOfFrames or Resolution.TablesExhausted;
        refusal = vm->EndWith(isFull ? GuestEnd.OutOfMemory : GuestEnd.IllegalAddress, translation.Address, rights);
        return false;
    }
}
