// The beginnings of the built-in guests: the programs, and what the file guests borrow, the BIOS and the ACPI tables.

namespace MinusOne.Hv.Lessons;

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
