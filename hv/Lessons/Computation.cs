// What the hypervisor can show without a guest: numbers that no guest can see.

namespace MinusOne.Hv.Lessons;

internal enum Computation : uint
{
    None = 0,

    // A1: the bytes of a VMXON region, and VMXON with a wrong revision: VMfailInvalid.
    VmxonRegion = 1,

    // A15: how many top-level tables shadow paging needs, 4 x (10 + 1) = 44, and how many EPT needs, 4.
    ShadowTables = 2,

    // A16: memory references of a nested walk, counted by walking real tables in software: (g + 1)(e + 1) - 1 for the
    // tables and 1 for the datum, 25 with four levels on both sides, fewer with large pages on either.
    NestedWalk = 3,

    // C3: broken VMCS states, one rule each; the processor's verdict beside the auditor's.
    BrokenEntries = 4,
}
