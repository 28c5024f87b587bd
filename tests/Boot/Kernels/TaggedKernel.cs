// Kernels that print what they were given and power off: by multiboot 2, tag by tag, and as a PVH guest. 32-bit code,
// entered in flat protected mode. Multiboot2 specification 2.0, 3.6 Boot information format; Xen's start_info.h.

extern alias guests;

using guests::MinusOne.Guests.Kit;
using guests::MinusOne.Hv.Processor;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Kernels;

internal static class TaggedKernel
{
    // The beginning of the code, behind a header.
    public const uint Code = 0x80;

    private const int ModuleTag = 3, MapTag = 6;

    // The bytes from `load` on.
    public static byte[] Make(uint load, byte[] header)
    {
        var builder = new ImageBuilder(load + Code);
        TellTags(builder.AddPart(32));
        return [.. header, .. new byte[Code - header.Length], .. builder.Build(StartMode.Protected).Bytes];
    }

    public static byte[] MakePvh(uint load)
    {
        var builder = new ImageBuilder(load);
        TellStartInfo(builder.AddPart(32));
        return builder.Build(StartMode.Protected).Bytes;
    }

    private static void TellTags(GuestCode part)
    {
        Assembler c = part.Code;
        Place text = part.NewPlace(), done = part.NewPlace();
        c.mov(esp, TellingKernel.Stack);
        TellingKernel.Word(part, "EAX ");
        c.lea(ebp, __[ebx + 8]);
        Place next = part.Here();
        Number(part, "\ntag ", 0);
        c.test(eax, eax);
        c.je(done);
        TellTag(part, text);
        c.mov(eax, __dword_ptr[ebp + 4]);
        c.add(eax, 7);
        c.and(eax, ~7);
        c.add(ebp, eax);
        c.jmp(next);
        part.Mark(done);
        End(part, text);
    }

    // EAX: its type.
    private static void TellTag(GuestCode part, Place text)
    {
        Assembler c = part.Code;
        Place notText = part.NewPlace(), notModule = part.NewPlace(), done = part.NewPlace();
        c.cmp(eax, ModuleTag);
        c.jae(notText);
        part.Print(": ");
        c.lea(esi, __[ebp + 8]);
        c.call(text);
        part.Mark(notText);
        c.cmp(__dword_ptr[ebp], ModuleTag);
        c.jne(notModule);
        part.Print(": ");
        c.lea(esi, __[ebp + 16]);
        c.call(text);
        part.Print(": ");
        c.mov(esi, __dword_ptr[ebp + 8]);
        c.call(text);
        part.Mark(notModule);
        c.cmp(__dword_ptr[ebp], MapTag);
        c.jne(done);
        c.mov(ecx, __dword_ptr[ebp + 4]);
        c.lea(edi, __[ebp + 16]);
        c.add(ecx, ebp);
        TellRows(part);
        part.Mark(done);
    }

    // From EDI up to ECX.
    private static void TellRows(GuestCode part)
    {
        Assembler c = part.Code;
        Place next = part.Here();
        c.mov(eax, __dword_ptr[edi]);
        TellingKernel.Word(part, "\nmap ");
        c.mov(eax, __dword_ptr[edi + 8]);
        TellingKernel.Word(part, " + ");
        c.mov(eax, __dword_ptr[edi + 16]);
        part.Print(" type ");
        part.PrintDecimal();
        c.add(edi, 24);
        c.cmp(edi, ecx);
        c.jb(next);
    }

    private static void TellStartInfo(GuestCode part)
    {
        Assembler c = part.Code;
        Place text = part.NewPlace();
        c.mov(esp, TellingKernel.Stack);
        c.mov(ebp, ebx);
        c.mov(eax, __dword_ptr[ebp]);
        TellingKernel.Word(part, "magic ");
        Number(part, ", version ", 4);
        part.Print("\ncommand line: ");
        c.mov(esi, __dword_ptr[ebp + 24]);
        c.call(text);
        Number(part, "\nmodules: ", 12);
        c.mov(edi, eax);
        c.mov(ebx, __dword_ptr[ebp + 16]);
        Place next = part.Here();
        part.Print("\n");
        c.mov(esi, __dword_ptr[ebx + 16]);
        c.call(text);
        part.Print(": ");
        c.mov(esi, __dword_ptr[ebx]);
        c.call(text);
        c.add(ebx, 32);
        c.dec(edi);
        c.jne(next);
        c.mov(edi, __dword_ptr[ebp + 40]);
        c.imul(ecx, __dword_ptr[ebp + 48], 24);
        c.add(ecx, edi);
        TellRows(part);
        End(part, text);
    }

    private static void Number(GuestCode part, string title, int offset)
    {
        part.Print(title);
        part.Code.mov(eax, __dword_ptr[ebp + offset]);
        part.PrintDecimal();
    }

    private static void End(GuestCode part, Place text)
    {
        part.PrintLine("");
        part.PowerOff();
        part.AtEnd(() => TellingKernel.EmitText(part, text));
    }
}
