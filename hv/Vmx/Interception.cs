// The bitmaps that say which ports and MSRs exit. SDM 3C 26.6.4 I/O-Bitmap Addresses, 26.6.9 MSR-Bitmap Address. Two
// pages of ports: A for 0-7FFFh, B for 8000h-FFFFh. One page of MSRs in four quarters of 1 KiB: reads of 0-1FFFh, reads
// of C0000000h-C0001FFFh, writes of the low range, writes of the high one; an MSR outside both always exits.

using MinusOne.Hv.Memory;

namespace MinusOne.Hv.Vmx;

internal unsafe struct Interception
{
    public const uint Reads = 1;
    public const uint Writes = 2;

    private const uint HighMsrs = 0xC000_0000;
    private const uint MsrsPerQuarter = 0x2000;
    private const uint Quarter = 1024;

    public Hpa PortsLow;
    public Hpa PortsHigh;
    public Hpa Msrs;

    public bool TryAllocate(FramePool* frames) =>
        frames->TryAllocateCleared(FrameOwner.VmxRegion, out PortsLow)
        && frames->TryAllocateCleared(FrameOwner.VmxRegion, out PortsHigh)
        && frames->TryAllocateCleared(FrameOwner.VmxRegion, out Msrs);

    // Also after an allocation that got only part of the way.
    public void Release(FramePool* frames)
    {
        frames->Free(PortsLow, FrameOwner.VmxRegion);
        frames->Free(PortsHigh, FrameOwner.VmxRegion);
        frames->Free(Msrs, FrameOwner.VmxRegion);
    }

    public readonly void InterceptAll()
    {
        new System.Span<byte>(PortsLow.Pointer, 4096).Fill(0xFF);
        new System.Span<byte>(PortsHigh.Pointer, 4096).Fill(0xFF);
        new System.Span<byte>(Msrs.Pointer, 4096).Fill(0xFF);
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

    private static void SetBit(byte* map, uint index, bool value)
    {
        byte bit = (byte)(1 << (int)(index & 7));
        map[index >> 3] = (byte)(value ? map[index >> 3] | bit : map[index >> 3] & ~bit);
    }
}
