// The hypervisor that a guest is told of: CPUID's leaves from 40000000H on, and bit 31 of leaf 1, ECX.
namespace MinusOne.Hv.Devices.Platform;

internal enum HypervisorKind : byte
{
    // What suits the guest: KVM for Linux, otherwise the truth.
    Usual,
    MinusOne,

    // Linux takes x2APIC, and a clock that it need not measure, from a hypervisor that it knows.
    Kvm,

    // Nobody: no leaf, and the bit is clear.
    None,
}

internal static class HypervisorKinds
{
    public static bool TryParse(ReadOnlySpan<byte> word, out HypervisorKind kind)
    {
        kind = word.SequenceEqual("minusone"u8) ? HypervisorKind.MinusOne
            : word.SequenceEqual("kvm"u8) ? HypervisorKind.Kvm
            : word.SequenceEqual("none"u8) ? HypervisorKind.None
            : HypervisorKind.Usual;
        return kind != HypervisorKind.Usual;
    }
}
