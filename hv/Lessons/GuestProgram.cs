// A built-in guest as the image carries it: constant data made by guests/ at build time, in the layout of these very
// structs. A program is a name and one or more configurations; a configuration is one start of a guest under one set of
// settings, so that a contrast (with a control bit and without) is two configurations. Pointers are addresses in the
// image, fixed up when firmware loads it.

namespace MinusOne.Hv.Lessons;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GuestProgram
{
    public Text Name;
    public Text Id;
    public Text Sentence;
    public VmConfig* Configs;
    public ulong ConfigCount;
}

// The beginnings of the built-in guests: the programs, and what the file guests borrow, the BIOS and the ACPI tables.
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GuestCatalogue
{
    public GuestProgram* Programs;
    public ulong ProgramCount;
    public byte* Bios;
    public ulong BiosBytes;
    public byte* Tables;
    public ulong TablesBytes;
}

// What the hypervisor can show without a guest: numbers that no guest can see.
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
