// D5: accessed and dirty bits of the EPT. The EPT pointer says write-back, a walk of four levels, and whether the
// processor marks the entries that it uses; the guest reads some pages and writes others, and the hypervisor counts
// the marks afterwards. SDM 3C 26.6.11 Extended-Page-Table Pointer (EPTP), 30.3.5 Accessed and Dirty Flags for EPT.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class EptDirty
{
    private const int FirstPage = 0x4_0000;
    private const int PageBytes = 0x1000;
    private const int Pages = 16;
    private const int Read = 8;
    private const int Written = 4;
    private const uint AccessedAndDirty = 1u << 6;

    private static readonly GuestImage s_image = Start.Protected(Body);

    public static Guest Guest { get; } = new(
        "ept-dirty", "D5", "the processor marks which pages were read and which were written",
        new GuestConfig(s_image)
        {
            Title = "accessed and dirty bits on: 12 pages accessed, 4 of them dirty",
            Watch = Watch(Read + Written, Written),
        },
        new GuestConfig(s_image)
        {
            Title = "off, as on a processor that has none: no marks",
            EptPointerClear = AccessedAndDirty,
            Watch = Watch(0, 0),
        })
    {
        OnlyVtx = "a nested page table always has these flags",
    };

    private static PageWatch Watch(uint accessed, uint dirty) => new()
    {
        First = FirstPage,
        Last = FirstPage + (Pages * PageBytes) - 1,
        Accessed = accessed,
        Dirty = dirty,
    };

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        for (int i = 0; i < Read; i++)
        {
            c.mov(eax, __dword_ptr[FirstPage + (i * PageBytes)]);
        }

        for (int i = Read; i < Read + Written; i++)
        {
            c.mov(__dword_ptr[FirstPage + (i * PageBytes)], eax);
        }

        part.PrintLine($"read {Read} pages, wrote {Written} others, left {Pages - Read - Written} alone");
        part.PowerOff();
    }
}
