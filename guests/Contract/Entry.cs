// How NimbOS is entered, as its first instructions find it; and the memory it takes for granted.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class Entry
{
    private const uint FirstUse = 3 * Map.Megabyte;

    public static void Check(GuestCode part, Place entry)
    {
        Assembler c = part.Code;
        c.mov(ebx, esp);
        c.mov(ecx, cr0);
        c.and(ecx, unchecked((int)(uint)(Cr0.ProtectionEnable | Cr0.Paging)));
        c.cmp(ecx, (int)Cr0.ProtectionEnable);
        part.Expect(c.je, "not in protected mode without paging");
        c.pushfd();
        c.pop(ecx);
        c.test(ecx, (int)Rflags.InterruptEnable);
        part.Expect(c.je, "interrupts are on");
        c.cmp(ebx, Layout.StackTop);
        part.Expect(c.je, "ESP is not 0x7000");
        Segment(part, () => c.mov(ecx, cs), Start.Code32);
        Segment(part, () => c.mov(ecx, ds), Start.Data);
        Segment(part, () => c.mov(ecx, es), Start.Data);
        Segment(part, () => c.mov(ecx, ss), Start.Data);
        Where(part, entry);
        AddressLine(part);
        part.PrintLine("entry      0x200000 in protected mode, no paging, IF 0, ESP 0x7000, flat segments, A20 on");
    }

    // In 64-bit code, by which everything else has its place.
    public static void CheckMemory(GuestCode part)
    {
        Assembler c = part.Code;
        Each(part, () => c.mov(__dword_ptr[rdi], edi));
        Each(part, () =>
        {
            c.cmp(__dword_ptr[rdi], edi);
            part.Expect(c.je, "memory does not hold what was written");
        });
        part.PrintLine("memory     up to 16 MiB, in each of which a page holds what is written");
    }

    private static void Each(GuestCode part, System.Action atRdi)
    {
        Assembler c = part.Code;
        c.mov(edi, FirstUse - 8);
        c.add(edi, Map.Megabyte);
        Place next = part.Here();
        atRdi();
        c.add(edi, Map.Megabyte);
        c.cmp(edi, Map.MemoryEnd);
        c.jb(next);
    }

    private static void Segment(GuestCode part, System.Action load, ushort selector)
    {
        Assembler c = part.Code;
        load();
        c.movzx(ecx, cx);
        c.cmp(ecx, selector);
        part.Expect(c.je, "a segment is not the BIOS's");
        c.lsl(edx, ecx);
        part.Expect(c.je, "a segment has no limit");
        c.cmp(edx, -1);
        part.Expect(c.je, "a segment has not 4 GiB");
    }

    private static void Where(GuestCode part, Place entry)
    {
        Assembler c = part.Code;
        Place self = part.NewPlace();
        c.call(self);
        part.Mark(self);
        c.pop(ecx);
        part.LoadAddress(edx, self);
        c.cmp(ecx, edx);
        part.Expect(c.je, "it runs where it was not linked");
        part.LoadAddress(edx, entry);
        c.cmp(edx, Bios.Bios.UsualEntry);
        part.Expect(c.je, "the entry is elsewhere");
    }

    // With the line off, an odd megabyte would be the even one below.
    private static void AddressLine(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ecx, __dword_ptr[Bios.Bios.UsualEntry]);
        c.xor(__dword_ptr[Bios.Bios.UsualEntry + Map.Megabyte], ecx);
        c.not(__dword_ptr[Bios.Bios.UsualEntry + Map.Megabyte]);
        c.cmp(__dword_ptr[Bios.Bios.UsualEntry], ecx);
        part.Expect(c.je, "A20 is off");
    }
}
