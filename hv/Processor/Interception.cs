// Which ports and MSRs exit, in the maps that the processor reads. Ports have a bit each. MSRs have two, for reads and
// writes, and the vendors put them in different places: Intel has a page in four quarters of 1 KiB, reads of 0-1FFFh,
// reads of C0000000h-C0001FFFh, then writes; AMD has both bits side by side, and a third range from C0010000h on. An
// MSR outside the ranges always exits. SDM 3C 26.6.4 I/O-Bitmap Addresses, 26.6.9 MSR-Bitmap Address, AMD APM 2 15.10
// IOIO Intercepts, 15.11 MSR Intercepts.
namespace MinusOne.Hv.Processor;

internal unsafe struct Interception
{
    public const uint Reads = 1;
    public const uint Writes = 2;
    private const uint HighMsrs = 0xC000_0000;
    private const uint OwnMsrs = 0xC001_0000;
    private const uint MsrsPerQuarter = 0x2000;
    private const uint Quarter = 1024;
    private const uint PageBytes = 4096;

    // AMD's: three pages of ports, for an access at the last port may reach over it, and two of MSRs.
    private const uint PortPages = 3;

    // ID, version, TPR, PPR, LDR, spurious vector; ISR, TMR, IRR, errors; the vector table, initial count; divide.
    private const ulong OpenReads = 0xA50C | (0x1FF_FFFFUL << 0x10) | (0x7FUL << 0x32) | (1UL << 0x3E);
    private const ulong OpenWrites = (1UL << 0x08) | (1UL << 0x0B) | (1UL << 0x3F);

    public Hpa PortsLow;
    public Hpa PortsHigh;
    public Hpa Msrs;

    // The same, with the registers of the local APIC open that the processor virtualises.
    public Hpa OpenMsrs;

    // AMD's maps, which lie behind each other.
    private bool _isOneRun;

    public bool TryAllocate(FramePool* frames, bool inOneRun)
    {
        _isOneRun = inOneRun;
        return inOneRun ? TryAllocateRun(frames) : TryAllocatePages(frames);
    }

    private bool TryAllocateRun(FramePool* frames)
    {
        bool isGiven = frames->TryAllocateRun(FrameOwner.VmxRegion, out PortsLow);
        PortsHigh = isGiven ? PortsLow + PageBytes : default;
        Msrs = isGiven ? PortsLow + (PortPages * PageBytes) : default;
        return isGiven;
    }

    private bool TryAllocatePages(FramePool* frames) =>
        frames->TryAllocateCleared(FrameOwner.VmxRegion, out PortsLow)
        && frames->TryAllocateCleared(FrameOwner.VmxRegion, out PortsHigh)
        && frames->TryAllocateCleared(FrameOwner.VmxRegion, out Msrs);

    public bool TryAllocateOpen(FramePool* frames) => frames->TryAllocateCleared(FrameOwner.VmxRegion, out OpenMsrs);

    // Also after an allocation that got only part of the way.
    public void Release(FramePool* frames)
    {
        if (_isOneRun)
        {
            frames->FreeRun(PortsLow, FrameOwner.VmxRegion);
            return;
        }

        frames->Free(PortsLow, FrameOwner.VmxRegion);
        frames->Free(PortsHigh, FrameOwner.VmxRegion);
        frames->Free(Msrs, FrameOwner.VmxRegion);
        frames->Free(OpenMsrs, FrameOwner.VmxRegion);
    }

    public readonly void InterceptAll()
    {
        Fill(PortsLow);
        Fill(PortsHigh);
        if (_isOneRun)
        {
            Fill(PortsHigh + PageBytes);
        }

        InterceptMsrs();
    }

    public readonly void InterceptMsrs()
    {
        Fill(Msrs);
        if (_isOneRun)
        {
            Fill(Msrs + PageBytes);
        }
    }

    private static void Fill(Hpa page) => new Span<byte>(page.Pointer, (int)PageBytes).Fill(0xFF);

    public readonly void SetPort(ushort port, bool intercept)
    {
        Hpa page = port < 0x8000 ? PortsLow : PortsHigh;
        SetBit((byte*)page.Pointer, port & 0x7FFFu, intercept);
    }

    // False for an MSR that has no bit.
    public readonly bool SetMsr(uint msr, uint accesses)
    {
        if (_isOneRun)
        {
            return SetPair(msr, accesses);
        }

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

    private readonly bool SetPair(uint msr, uint accesses)
    {
        uint range = msr >= OwnMsrs ? 2u : msr >= HighMsrs ? 1u : 0;
        uint index = msr - (range == 2 ? OwnMsrs : range == 1 ? HighMsrs : 0);
        if (index >= MsrsPerQuarter)
        {
            return false;
        }

        uint bit = 2 * ((range * MsrsPerQuarter) + index);
        SetBit((byte*)Msrs.Pointer, bit, (accesses & Reads) != 0);
        SetBit((byte*)Msrs.Pointer, bit + 1, (accesses & Writes) != 0);
        return true;
    }

    // After all others: x2APIC registers 800h-83Fh whose value stands in the page can be read; TPR, EOI and self-IPI
    // can be written. Unless the processor virtualises none.
    public void Open(FramePool* frames, bool isVirtual)
    {
        if (!isVirtual)
        {
            frames->Free(OpenMsrs, FrameOwner.VmxRegion);
            OpenMsrs = default;
            return;
        }

        new Span<byte>(Msrs.Pointer, (int)PageBytes).CopyTo(new Span<byte>(OpenMsrs.Pointer, (int)PageBytes));
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
