// KVM's end of interrupt without an exit: for the only interrupt there is a bit is set in the guest's memory, which the
// guest clears in place of a write to the EOI register. Linux's Documentation/virt/kvm/x86/msr.rst, MSR_KVM_EOI_EN.
// Nobody watches the bit: it is looked at before anything that depends on what is in service. If it is still set then,
// it is taken back, and the guest will write. While nothing is waiting, nothing depends on it: so an interrupt costs no
// exit for its end, and the next one asks. Who has virtual-interrupt delivery needs none of it.
namespace MinusOne.Hv.Devices.Interrupts;

internal unsafe partial struct LocalApic
{
    // Two low bits of _eoi, whose rest is an address: the guest has turned this on; and ours, which is reserved in what
    // a guest writes: the bit is set in its memory.
    private const ulong EoiEnabled = 1, EoiOffered = 2;
    private const byte EoiBit = 1;

    // False: #GP(0).
    public bool TrySetEoi(GuestMemory* memory, ulong value)
    {
        var address = new Gpa(value & ~EoiEnabled);
        if (IsVirtual || (value & EoiOffered) != 0 || ((value & EoiEnabled) != 0
            && memory->TryReach(address, PageRights.Write, out _) != Resolution.Mapped))
        {
            return false;
        }

        Settle();
        _eoiMemory = memory;
        _eoi = value;
        return true;
    }

    // What the guest has told by the bit is done.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Settle()
    {
        if ((_eoi & EoiOffered) != 0)
        {
            SettleOffer();
        }
    }

    // The vector has come into service. The end of a level-triggered interrupt is for an I/O APIC, too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void OfferEoi(uint vector)
    {
        byte* place;
        if ((_eoi & EoiEnabled) != 0 && _requestWords == 0 && !IsLevel((byte)vector) && (place = EoiPlace()) != null)
        {
            *place |= EoiBit;
            _eoi |= EoiOffered;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SettleOffer()
    {
        if (!TakeBackOffer())
        {
            EndInterrupt(out _);
        }
    }

    // False: there is none any more, for the guest has taken it. A page that it has given away meanwhile is clear.
    private bool TakeBackOffer()
    {
        byte* place = EoiPlace();
        _eoi &= ~EoiOffered;
        bool isThere = place != null && (*place & EoiBit) != 0;
        if (isThere)
        {
            *place &= unchecked((byte)~EoiBit);
        }

        return isThere;
    }

    // Null: the guest has no page there now, and none is brought, for this may be a short path.
    private readonly byte* EoiPlace()
    {
        ulong address = _eoi & ~(EoiEnabled | EoiOffered);
        PageEntry* entry = _eoiMemory->Table.Lookup(address, out int level);
        if ((entry->Access & PageRights.ReadWrite) != PageRights.ReadWrite)
        {
            return null;
        }

        *entry = entry->Reached(PageRights.Write);
        return (byte*)(entry->Frame(level) + (address & PageLevel.OffsetMask(level))).Pointer;
    }
}
