// The last step of a boot loader: from flat protected mode, with EBX at the parameters, to a Linux kernel. Linux's
// Documentation/arch/x86/boot.rst, "32-bit Boot Protocol" and "64-bit Boot Protocol": descriptors for flat code at 10h
// and flat data at 18h, ESI at the parameters, interrupts off; for the 64-bit entry long mode, in which the first 4 GiB
// are mapped to themselves. Its last twelve bytes are the entry and, not 0, that it is the 64-bit one: whoever loads it
// writes them there.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bios;

internal static class LinuxEntry
{
    private const ushort Code = 0x10;
    private const ushort Data = 0x18;
    private const ulong Code64Descriptor = 0x00AF_9A00_0000_FFFF;

    // The root, the table of gigabytes, and four of pages of 2 MiB, up to the command line at 10000h.
    private const uint Root = 0xA000;
    private const uint Gigabytes = 0xB000;
    private const uint LargePages = 0xC000;
    private const int Tables = 4;
    private const uint Table = 3;
    private const uint LargePage = 0x83;

    public static GuestImage Image { get; } = Make();

    private static GuestImage Make()
    {
        var builder = new ImageBuilder(Layout.Image);
        GuestCode flat = builder.AddPart(32);
        GuestCode wide = builder.AddPart(64);
        Place entry = wide.NewPlace();
        Place isWide = wide.NewPlace();
        Assembler c = flat.Code;
        Label toWide = c.CreateLabel();
        c.cld();
        c.mov(esi, ebx);
        c.mov(esp, Layout.StackTop);
        flat.LoadAddress(eax, isWide);
        c.cmp(__dword_ptr[eax], 0);
        c.jne(toWide);
        LoadDescriptors(flat, Start.Code32Descriptor);
        LoadSegments(c);
        flat.LoadAddress(eax, entry);
        c.push(Code);
        c.push(__dword_ptr[eax]);
        c.xor(ebx, ebx);
        c.xor(ebp, ebp);
        c.xor(edi, edi);
        c.retf();
        c.Label(ref toWide);
        LoadDescriptors(flat, Code64Descriptor);
        LoadSegments(c);
        BuildTables(c);
        EnableLongMode(c);
        flat.FarJump(Code, wide.Here());
        wide.LoadAddress(eax, entry);
        wide.Code.jmp(__qword_ptr[rax]);
        wide.AtEnd(() =>
        {
            wide.Mark(entry);
            wide.Quadwords(Bios.UsualEntry);
            wide.Mark(isWide);
            wide.Code.dd(0);
        });
        return builder.Build(StartMode.Protected);
    }

    // LGDT wants a limit and an address one behind the other; on the stack they need no place of their own.
    private static void LoadDescriptors(GuestCode part, ulong code)
    {
        Place table = part.NewPlace();
        part.LoadAddress(eax, table);
        part.Code.push(eax);
        part.Code.push((8 * 4 - 1) << 16);
        part.Code.lgdt(__[esp + 2]);
        part.Code.add(esp, 8);
        part.AtEnd(() =>
        {
            part.Mark(table);
            part.Quadwords(0, 0, code, Start.DataDescriptor);
        });
    }

    private static void LoadSegments(Assembler c)
    {
        c.mov(eax, Data);
        c.mov(ds, ax);
        c.mov(es, ax);
        c.mov(fs, ax);
        c.mov(gs, ax);
        c.mov(ss, ax);
    }

    // Memory is full of zeros where nothing was loaded.
    private static void BuildTables(Assembler c)
    {
        Label next = c.CreateLabel();
        c.mov(__dword_ptr[Root], Gigabytes | Table);
        for (uint i = 0; i < Tables; i++)
        {
            c.mov(__dword_ptr[Gigabytes + (8 * i)], (LargePages + (0x1000 * i)) | Table);
        }

        c.mov(edi, LargePages);
        c.mov(eax, LargePage);
        c.mov(ecx, Tables * 512);
        c.Label(ref next);
        c.mov(__dword_ptr[edi], eax);
        c.add(eax, 1u << 21);
        c.add(edi, 8);
        c.dec(ecx);
        c.jne(next);
    }

    private static void EnableLongMode(Assembler c)
    {
        c.mov(eax, Root);
        c.mov(cr3, eax);
        c.mov(eax, cr4);
        c.or(eax, (int)Cr4.PhysicalAddressExtension);
        c.mov(cr4, eax);
        c.mov(ecx, (uint)Msr.Efer);
        c.rdmsr();
        c.or(eax, (int)Efer.LongModeEnable);
        c.wrmsr();
        c.mov(eax, cr0);
        c.or(eax, unchecked((int)Cr0.Paging));
        c.mov(cr0, eax);
    }
}
