// A row of ELF's program header table: what of the file goes where. ELF specification, Program Header.

namespace MinusOne.Hv.Loading;

internal struct ElfSegment
{
    public bool IsLoaded;
    public ulong Offset;
    public ulong VirtualAddress;
    public ulong PhysicalAddress;
    public ulong FileBytes;
    public ulong MemoryBytes;
}
