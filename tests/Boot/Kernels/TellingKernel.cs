// A kernel that prints what it was given and powers off: the magic number, and if that is multiboot's, what the
// information structure says. 32-bit code, entered in flat protected mode. Multiboot specification 3.2 Machine state,
// 3.3 Boot information format.

extern alias guests;

using guests::MinusOne.Guests.Kit;
using guests::MinusOne.Hv.Processor;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Kernels;

internal static class TellingKernel
{
    // The beginning of the code, behind the header.
    public const uint Code = 0x40;

    private const uint Magic = 0x2BAD_B002;
    public const uint Stack = 0x8_0000;

    // Offsets in the information structure.
    private const int LowMemory = 4;
    private const int HighMemory = 8;
    private const int CommandLine = 16;
    private const int ModuleCount = 20;
    private const int Modules = 24;
    private const int ModuleBytes = 16;
    private const int SectionCount = 28;
    private const int MapLength = 44;
    private const int Map = 48;
    private const int LoaderName = 64;

    // The bytes from `load` on.
    public static byte[] Make(uint load, byte[] header)
    {
        uint code = header.Length == 0 ? 0 : Code;
        var builder = new ImageBuilder(load + code);
        Tell(builder.AddPart(32));
        return [.. header, .. new byte[code - header.Length], .. builder.Build(StartMode.Protected).Bytes];
    }

    private static void Tell(GuestCode part)
    {
        Assembler c = part.Code;
        Place text = part.NewPlace();
        Place end = part.NewPlace();
        c.mov(esp, Stack);
        Word(part, "EAX ");
        c.cmp(eax, Magic);
        c.jne(end);
        c.mov(ebp, ebx);
        Number(part, "memory ", LowMemory);
        Number(part, " and ", HighMemory);
        Text(part, text, " KiB\ncommand line: ", CommandLine);
        Text(part, text, "\nloader: ", LoaderName);
        Number(part, "\nsections: ", SectionCount);
        TellModules(part, text);
        TellMap(part);
        part.Mark(end);
        part.PrintLine("");
        part.PowerOff();
        part.AtEnd(() => EmitText(part, text));
    }

    // Each one: its name, and what it holds.
    private static void TellModules(GuestCode part, Place text)
    {
        Assembler c = part.Code;
        Place none = part.NewPlace();
        Number(part, "\nmodules: ", ModuleCount);
        c.mov(edi, eax);
        c.mov(ebx, __dword_ptr[ebp + Modules]);
        c.test(edi, edi);
        c.je(none);
        Place next = part.Here();
        TellModule(part, text, 0);
        c.add(ebx, ModuleBytes);
        c.dec(edi);
        c.jne(next);
        part.Mark(none);
    }

    // EBX + start: where it begins, where it ends, its string.
    private static void TellModule(GuestCode part, Place text, int start)
    {
        Assembler c = part.Code;
        part.Print("\n");
        c.mov(esi, __dword_ptr[ebx + start + 8]);
        c.call(text);
        part.Print(", ");
        c.mov(eax, __dword_ptr[ebx + start + 4]);
        c.sub(eax, __dword_ptr[ebx + start]);
        part.PrintDecimal();
        part.Print(" bytes: ");
        c.mov(esi, __dword_ptr[ebx + start]);
        c.call(text);
    }

    private static void TellMap(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(esi, __dword_ptr[ebp + Map]);
        c.mov(edi, esi);
        c.add(edi, __dword_ptr[ebp + MapLength]);
        Place next = part.Here();
        c.mov(eax, __dword_ptr[esi + 4]);
        Word(part, "\nmap ");
        c.mov(eax, __dword_ptr[esi + 12]);
        Word(part, " + ");
        c.mov(eax, __dword_ptr[esi + 20]);
        part.Print(" type ");
        part.PrintDecimal();
        c.add(esi, __dword_ptr[esi]);
        c.add(esi, 4);
        c.cmp(esi, edi);
        c.jb(next);
    }

    public static void Word(GuestCode part, string title)
    {
        part.Print(title);
        part.PrintHex(8);
    }

    private static void Number(GuestCode part, string title, int offset)
    {
        part.Print(title);
        part.Code.mov(eax, __dword_ptr[ebp + offset]);
        part.PrintDecimal();
    }

    private static void Text(GuestCode part, Place text, string title, int offset)
    {
        part.Print(title);
        part.Code.mov(esi, __dword_ptr[ebp + offset]);
        part.Code.call(text);
    }

    // ESI: up to a zero.
    public static void EmitText(GuestCode part, Place text)
    {
        Assembler c = part.Code;
        part.Mark(text);
        c.mov(edx, GuestCode.SerialPort);
        Place next = part.Here();
        Place done = part.NewPlace();
        c.lodsb();
        c.test(al, al);
        c.je(done);
        c.@out(dx, al);
        c.jmp(next);
        part.Mark(done);
        c.ret();
    }
}
