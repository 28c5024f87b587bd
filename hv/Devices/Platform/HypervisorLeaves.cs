// What CPUID says from leaf 40000000H on: a name, what is understood by it, and under our own name the frequencies.
// Linux's Documentation/virt/kvm/x86/cpuid.rst for KVM's: exactly the features that there are.
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class HypervisorLeaves
{
    // KVM_FEATURE_NOP_IO_DELAY, _CLOCKSOURCE2, _CLOCKSOURCE_STABLE_BIT: ports need no waiting, and KvmClock.cs.
    private const uint Features = (1u << 1) | (1u << 3) | (1u << 24);

    // KVM_FEATURE_STEAL_TIME and _PV_SEND_IPI, for a guest with local APICs; _PV_EOI, if the end of an interrupt would
    // exit there.
    private const uint PcFeatures = (1u << 5) | (1u << 11), EoiFeature = 1u << 6;

    public static CpuidResult Answer(uint leaf, Board* board, ulong tscHertz) =>
        board->Hypervisor == HypervisorKind.Kvm ? Kvm(leaf - CpuidFilter.FirstHypervisor, board) : Own(leaf, tscHertz);

    private static CpuidResult Kvm(uint index, Board* board) => index switch
    {
        // "KVMKVMKVM"
        0 => new()
        {
            Eax = CpuidFilter.FirstHypervisor + 1,
            Ebx = 0x4B4D_564B,
            Ecx = 0x564B_4D56,
            Edx = 0x0000_004D,
        },
        1 => new()
        {
            Eax = Features | (board->IsPc ? PcFeatures : 0) | (HasEoi(board) ? EoiFeature : 0),
        },
        _ => default,
    };

    // A bit in the guest's memory in the place of an end of interrupt, which nobody else may change while it runs.
    public static bool HasEoi(Board* board) => board->IsPc && !board->Apic->IsVirtual && board->Elsewhere == 0;

    // "MinusOneHv", and "MH#1" for what follows: kilohertz of the TSC and of the local APIC's bus.
    private static CpuidResult Own(uint leaf, ulong tscHertz) => leaf switch
    {
        CpuidFilter.FirstHypervisor => new()
        {
            Eax = CpuidFilter.LastHypervisor,
            Ebx = 0x756E_694D,
            Ecx = 0x656E_4F73,
            Edx = 0x0000_7648,
        },
        CpuidFilter.FirstHypervisor + 1 => new() { Eax = 0x3123_484D },
        CpuidFilter.LastHypervisor => new()
        {
            Eax = (uint)Math.Min(tscHertz / 1000, uint.MaxValue),
            Ebx = (uint)(GuestClock.Hertz / 1000),
        },
        _ => default,
    };
}
