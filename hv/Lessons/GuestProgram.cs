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

    // Why AMD's SVM has no counterpart of it; empty if it runs there as well.
    public Text OnlyVtx;

    // Not 0: it measures times that are too short for an emulator that goes by the wall's clock.
    public ulong IsExact;
}

// The beginnings of the built-in guests: the programs, and what the file guests borrow: the BIOS, what leads to a Linux
// kernel, and the ACPI tables.
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GuestCatalogue
{
    public GuestProgram* Programs;
    public ulong ProgramCount;
    public byte* Bios;
    public ulong BiosBytes;
    public byte* LinuxEntry;
    public ulong LinuxEntryBytes;
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

// Finds a built-in guest by its name or its id, in capital or small letters.
internal static class GuestNames
{
    // Stands for all of them.
    public static ReadOnlySpan<byte> All => "all"u8;

    // The user's files: a kernel of any kind (without one it is the built-in kernel), and one that must be NimbOS.
    public static ReadOnlySpan<byte> Kernel => "kernel"u8;
    public static ReadOnlySpan<byte> NimbOs => "nimbos"u8;

    public static bool IsFile(ReadOnlySpan<byte> word) => IsNimbOs(word) || AreSame(word, Kernel);
    public static bool IsNimbOs(ReadOnlySpan<byte> word) => AreSame(word, NimbOs);

    // -1 if there is none.
    public static int IndexOf(ReadOnlySpan<byte> word, ReadOnlySpan<GuestProgram> programs)
    {
        for (int i = 0; i < programs.Length; i++)
        {
            if (AreSame(word, programs[i].Name.Span) || AreSame(word, programs[i].Id.Span))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool AreSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int i = 0;
        while (i < left.Length && i < right.Length && ToLower(left[i]) == ToLower(right[i]))
        {
            i++;
        }

        return i == left.Length && i == right.Length;
    }

    private static byte ToLower(byte character) =>
        character is >= (byte)'A' and <= (byte)'Z' ? (byte)(character | 0x20) : character;
}
