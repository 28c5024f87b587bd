// A program as it lies in memory, its headers first: moved to where it is, protected as its sections say, and called.
// PE/COFF specification 3-4, 5.6. Relocations are of the only kind there is on x86-64, eight bytes.

using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Loader;

internal readonly unsafe struct LoadedProgram
{
    private const uint Executable = 0x2000_0000;
    private const uint Writable = 0x8000_0000;
    private const ulong Page = 4096;

    // Offsets behind the signature "PE": the optional header, and in it.
    private const int OptionalHeader = 24;
    private const int EntryPoint = OptionalHeader + 16;
    private const int PreferredBase = OptionalHeader + 24;
    private const int ImageSize = OptionalHeader + 56;
    private const int RelocationDirectory = OptionalHeader + 112 + (5 * 8);
    private const int SectionHeaderSize = 40;

    // A block of relocations: its page, its length, and words of a kind (4 bits) and an offset in the page.
    private const int BlockHeader = 8;
    private const int KindShift = 12;

    private readonly byte* _start;

    public LoadedProgram(byte* start) => _start = start;

    private byte* Header => _start + *(uint*)(_start + 0x3C);

    public void Relocate()
    {
        ulong moved = (ulong)_start - *(ulong*)(Header + PreferredBase);
        byte* block = _start + *(uint*)(Header + RelocationDirectory);
        byte* end = block + *(uint*)(Header + RelocationDirectory + 4);
        for (uint length; block < end; block += length)
        {
            byte* page = _start + *(uint*)block;
            length = *(uint*)(block + 4);
            for (uint at = BlockHeader; at < length; at += sizeof(ushort))
            {
                uint entry = *(ushort*)(block + at);
                if (entry >> KindShift != 0)
                {
                    *(ulong*)(page + (entry & ((1 << KindShift) - 1))) += moved;
                }
            }
        }
    }

    // Firmware that protects memory has a protocol for it; other firmware leaves all memory writable and executable.
    public bool TryProtect(BootServices* boot)
    {
        MemoryAttributes* attributes = MemoryAttributes.Find(boot);
        if (attributes == null)
        {
            return true;
        }

        bool isDone = attributes->TrySet((ulong)_start, Page, MemoryAttributes.ReadOnly | MemoryAttributes.NoExecute);
        byte* section = Header + OptionalHeader + *(ushort*)(Header + 20);
        for (int left = *(ushort*)(Header + 6); left > 0; left--, section += SectionHeaderSize)
        {
            uint flags = *(uint*)(section + 36);
            ulong length = (*(uint*)(section + 8) + Page - 1) & ~(Page - 1);
            isDone &= attributes->TrySet(
                (ulong)_start + *(uint*)(section + 12),
                length,
                ((flags & Writable) == 0 ? MemoryAttributes.ReadOnly : 0)
                    | ((flags & Executable) == 0 ? MemoryAttributes.NoExecute : 0));
        }

        return isDone;
    }

    public void Unprotect(BootServices* boot)
    {
        MemoryAttributes* attributes = MemoryAttributes.Find(boot);
        if (attributes != null)
        {
            attributes->TrySet((ulong)_start, *(uint*)(Header + ImageSize), MemoryAttributes.NoExecute);
        }
    }

    // It is told what firmware told us, and when that was.
    public EfiStatus Run(void* handle, SystemTable* system, ulong entered)
    {
        byte* entry = _start + *(uint*)(Header + EntryPoint);
        return ((delegate* unmanaged<void*, SystemTable*, ulong, EfiStatus>)entry)(handle, system, entered);
    }
}
