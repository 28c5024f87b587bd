// The bitmaps that say which ports and MSRs exit. SDM 3C 26.6.4 I/O-Bitmap Addresses, 26.6.9 MSR-Bitmap Address. Two
// pages of ports: A for 0-7FFFh, B for 8000h-FFFFh. One page of MSRs in four quarters of 1 KiB: reads of 0-1FFFh, reads
// of C0000000h-C0001FFFh, writes of the low range, writes of the high one; an MSR outside both always exits.
namespace MinusOne.Hv.Vmx.Controls;

internal unsafe struct Interception
{
    public const uint Reads = 1;
    public const uint Writes = 2;
    private const uint HighMsrs = 0xC000_0000;
    private const uint MsrsPerQuarter = 0x2000;
    private const uint Quarter = 1024;

    // ID, version, TPR, PPR, LDR, spurious vector; ISR, TMR, IRR, errors; the vector table, initial count; divide.
    private const ulong OpenReads = 0xA50C | (0x1FF_FFFFUL << 0x10) | (0x7FUL << 0x32) | (1UL << 0x3E);
    private const ulong OpenWrites = (1UL << 0x08) | (1UL << 0x0B) | (1UL << 0x3F);

    public Hpa PortsLow;
    public Hpa PortsHigh;
    public Hpa Msrs;

    // The same, with the registers of the local APIC open that the processor virtualises.
    public Hpa OpenMsrs;

    public bool TryAllocate(FramePool* frames) =>
        frames->TryAllocateCleared(FrameOwner.VmxRegion, out PortsLow)
        && frames->TryAllocateCleared(FrameOwner.VmxRegion, out PortsHigh)
        && frames->TryAllocateCleared(FrameOwner.VmxRegion, out Msrs);

    public bool TryAllocateOpen(FramePool* frames) => frames->TryAllocateCleared(FrameOwner.VmxRegion, out OpenMsrs);

    // Also after an allocation that got only part of the way.
    public void Release(FramePool* frames)
    {
        frames->Free(PortsLow, FrameOwner.VmxRegion);
        frames->Free(PortsHigh, FrameOwner.VmxRegion);
        frames->Free(Msrs, FrameOwner.VmxRegion);
        frames->Free(OpenMsrs, FrameOwner.VmxRegion);
    }

    public readonly void InterceptAll()
    {
        new Span<byte>(PortsLow.Pointer, 4096).Fill(0xFF);
        new Span<byte>(PortsHigh.Pointer, 4096).Fill(0xFF);
        new Span<byte>(Msrs.Pointer, 4096).Fill(0xFF);
    }

    public readonly void SetPort(ushort port, bool intercept)
    {
        Hpa page = port < 0x8000 ? PortsLow : PortsHigh;
        SetBit((byte*)page.Pointer, port & 0x7FFFu, intercept);
    }

    // False for an MSR that has no bit.
    public readonly bool SetMsr(uint msr, uint accesses)
    {
        uint index = msr >= HighMsrs ? msr - HighMsrs : msr;
        if (index >= MsrsPerQuarter)
        {
            return false;
        }

        byte* reads = (byte*)Msrs.Pointer + (msr >= HighMsrs ? Quarter : 0);
        SetBit(reads, index, (accesses & Reads) != 0);
        SetBit(reads + (2 * Quarter), index, (accesses & Writes) != 0);
        return true;
    }

    // After all others: x2APIC registers 800h-83Fh whose value stands in the page can be read; TPR, EOI and self-IPI
    // can be written.
    public readonly void Open()
    {
        new Span<byte>(Msrs.Pointer, 4096).CopyTo(new Span<byte>(OpenMsrs.Pointer, 4096));
        byte* reads = (byte*)OpenMsrs.Pointer + ((uint)Msr.X2ApicBase / 8);
        *(ulong*)reads &= ~OpenReads;
        *(ulong*)(reads + (2 * Quarter)) &= ~OpenWrites;
    }

    private static void SetBit(byte* map, uint index, bool value)
    {
        byte bit = (byte)(1 << (int)(index & 7));
        map[index >> 3] = (byte)(value ? map[index >> 3] | bit : map[index >> 3] & ~bit);
    }
}
