// How wide this processor's addresses are and which bits of its registers are reserved, as far as CPUID tells. SDM 2A
// CPUID. Where CPUID does not tell, a bit counts as allowed.

namespace MinusOne.Hv.Processor;

internal unsafe struct RegisterLimits
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
        limits.ReadAddressSizes();
        limits.ReadFeatures();
        limits.ReadCounters();
        return limits;
    }

    // All bits from the highest address bit upwards are alike.
    public readonly bool IsCanonical(ulong address) => IsCanonical(address, LinearAddressBits);

    public static bool IsCanonical(ulong address, int bits) =>
        (ulong)((long)(address << (64 - bits)) >> (64 - bits)) == address;

    private void ReadAddressSizes()
    {
        CpuidResult leaf;
        PhysicalAddressBits = 36;
        LinearAddressBits = 48;
        Cpu.Cpuid(0x8000_0000, 0, &leaf);
        if (leaf.Eax is >= 0x8000_0008 and < 0x8001_0000)
        {
            Cpu.Cpuid(0x8000_0008, 0, &leaf);
            PhysicalAddressBits = (int)(leaf.Eax & 0xFF);
            LinearAddressBits = (int)((leaf.Eax >> 8) & 0xFF);
        }
    }

    private void ReadFeatures()
    {
        CpuidResult leaf;
        Cpu.Cpuid(0x8000_0001, 0, &leaf);
        Efer = Efer.SyscallEnable | Efer.LongModeEnable | Efer.LongModeActive;
        Efer |= (leaf.Edx & (1u << 20)) != 0 ? Efer.ExecuteDisableEnable : 0;
        Cpu.Cpuid(0, 0, &leaf);
        if (leaf.Eax >= 7)
        {
            Cpu.Cpuid(7, 0, &leaf);
            HasSgx = (leaf.Ebx & (1u << 2)) != 0;
            HasRtm = (leaf.Ebx & (1u << 11)) != 0;
            HasBusLockDetect = (leaf.Ecx & (1u << 24)) != 0;
            if (leaf.Eax >= 1)
            {
                Cpu.Cpuid(7, 1, &leaf);
                HasLinearAddressMasking = (leaf.Eax & (1u << 26)) != 0;
            }
        }

        DebugCtl = (DebugCtl)0x7FC3;
        DebugCtl |= HasBusLockDetect ? DebugCtl.BusLockDetect : 0;
        DebugCtl |= HasRtm ? DebugCtl.RestrictedTransactionalMemory : 0;
    }

    private void ReadCounters()
    {
        CpuidResult leaf;
        Cpu.Cpuid(0, 0, &leaf);
        if (leaf.Eax < 0xA)
        {
            return;
        }

        Cpu.Cpuid(0xA, 0, &leaf);
        int version = (int)(leaf.Eax & 0xFF);
        int general = (int)((leaf.Eax >> 8) & 0xFF), constant = (int)(leaf.Edx & 0x1F);
        PerfGlobalCtrl = Ones(general);
        PerfGlobalCtrl |= version >= 2 ? Ones(constant) << 32 : 0;
        PerfGlobalCtrl |= version >= 5 ? 1ul << 48 : 0;
    }

    private static ulong Ones(int count) => count >= 64 ? ~0ul : (1ul << count) - 1;
}
