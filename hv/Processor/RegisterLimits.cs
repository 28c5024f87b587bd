// How wide this processor's addresses are and which bits of its registers are reserved, as far as CPUID tells. SDM 2A
// CPUID. Where CPUID does not tell, a bit counts as allowed.
namespace MinusOne.Hv.Processor;

internal struct RegisterLimits
{
    public int PhysicalAddressBits;
    public int LinearAddressBits;
    public Efer Efer;
    public DebugCtl DebugCtl;
    public ulong PerfGlobalCtrl;
    public bool HasSgx;
    public bool HasRtm;
    public bool HasBusLockDetect;
    public bool HasLinearAddressMasking;

    // Physical addresses use no bit of this.
    public readonly ulong BeyondPhysical => ~0ul << PhysicalAddressBits;

    public static RegisterLimits Read()
    {
        RegisterLimits limits = default;
        uint sizes = AddressSizes;
        limits.PhysicalAddressBits = (byte)sizes;
        limits.LinearAddressBits = (byte)(sizes >> 8);
        limits.ReadFeatures();
        limits.ReadCounters();
        return limits;
    }

    // Bits of a physical address, and above them those of a linear one.
    public static uint AddressSizes =>
        Cpu.Cpuid(0x8000_0000).Eax is >= 0x8000_0008 and < 0x8001_0000 ? Cpu.Cpuid(0x8000_0008).Eax : 36 | (48 << 8);

    // All bits from the highest address bit upwards are alike.
    public readonly bool IsCanonical(ulong address) => IsCanonical(address, LinearAddressBits);

    public static bool IsCanonical(ulong address, int bits) =>
        (ulong)((long)(address << (64 - bits)) >> (64 - bits)) == address;

    private void ReadFeatures()
    {
        Efer = Efer.SyscallEnable | Efer.LongModeEnable | Efer.LongModeActive;
        Efer |= (Cpu.Cpuid(0x8000_0001).Edx & (1u << 20)) != 0 ? Efer.ExecuteDisableEnable : 0;
        if (Cpu.Cpuid(0).Eax >= 7)
        {
            CpuidResult leaf = Cpu.Cpuid(7);
            HasSgx = (leaf.Ebx & (1u << 2)) != 0;
            HasRtm = (leaf.Ebx & (1u << 11)) != 0;
            HasBusLockDetect = (leaf.Ecx & (1u << 24)) != 0;
            HasLinearAddressMasking = leaf.Eax >= 1 && (Cpu.Cpuid(7, 1).Eax & (1u << 26)) != 0;
        }

        DebugCtl = (DebugCtl)0x7FC3;
        DebugCtl |= HasBusLockDetect ? DebugCtl.BusLockDetect : 0;
        DebugCtl |= HasRtm ? DebugCtl.RestrictedTransactionalMemory : 0;
    }

    private void ReadCounters()
    {
        if (Cpu.Cpuid(0).Eax < 0xA)
        {
            return;
        }

        CpuidResult leaf = Cpu.Cpuid(0xA);
        int version = (int)(leaf.Eax & 0xFF);
        int general = (int)((leaf.Eax >> 8) & 0xFF), constant = (int)(leaf.Edx & 0x1F);
        PerfGlobalCtrl = Ones(general);
        PerfGlobalCtrl |= version >= 2 ? Ones(constant) << 32 : 0;
        PerfGlobalCtrl |= version >= 5 ? 1ul << 48 : 0;
    }

    private static ulong Ones(int count) => count >= 64 ? ~0ul : (1ul << count) - 1;
}
