// The three ways a demonstration starts. The hypervisor starts a guest in real mode or in flat protected mode;
// whoever wants long mode goes there on its own, as any kernel does. SDM 3A 11.8.5 Initializing IA-32e Mode.

using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal static class Start
{
    // Selectors of the descriptors below.
    public const ushort Code32 = 0x08;
    public const ushort Data = 0x10;
    public const ushort Code64 = 0x18;

    public const ulong Code32Descriptor = 0x00CF_9A00_0000_FFFF;
    public const ulong DataDescriptor = 0x00CF_9200_0000_FFFF;
    private const ulong Code64Descriptor = 0x00AF_9A00_0000_FFFF;

    // Present and writable; the second a page of 1 GiB instead of a table.
    private const uint Table = 3;
    public const uint HugePage = 0x83;

    public static GuestImage Real(Action<GuestCode> body, ulong address = Layout.Image) =>
        Single(16, StartMode.Real, body, address);

    public static GuestImage Protected(Action<GuestCode> body, ulong address = Layout.Image) =>
        Single(32, StartMode.Protected, body, address);

    // The body is 64-bit code; all 512 GiB that one table of 1 GiB pages can hold are mapped to themselves.
    public static GuestImage Long(Action<GuestCode> body)
    {
        var builder = new ImageBuilder(Layout.Image);
        GuestCode start = builder.AddPart(32);
        GuestCode rest = builder.AddPart(64);
        ToLongMode(start, rest.Here());
        body(rest);
        return builder.Build(StartMode.Protected);
    }

    // From real mode to flat code of 32 bits, which has to load its data segments. SDM 3A 11.9.1 Switching to
    // Protected Mode.
    public static void ToProtectedMode(GuestCode part, Place there, uint stack = 0)
    {
        if (stack != 0)
        {
            part.Code.mov(esp, stack);
        }

        LoadDescriptors(part);
        EnableProtection(part, there);
    }

    // From flat protected mode without paging. The place stands at the beginning of 64-bit code; data segments are
    // loaded here, because 64-bit code takes no notice of them.
    public static void ToLongMode(GuestCode part, Place there)
    {
        LoadDescriptors(part);
        LoadDataSegments(part.Code);
        Tables(part.Code);
        EnableLongMode(part.Code);
        part.FarJump(Code64, there);
    }

    // The same for another processor, with the tables of the first.
    public static void JoinLongMode(GuestCode part, Place there)
    {
        LoadDataSegments(part.Code);
        LoadDescriptors(part);
        EnableLongMode(part.Code);
        part.FarJump(Code64, there);
    }

    // Flat code of 32 and of 64 bits and flat data.
    public static void LoadDescriptors(GuestCode part)
    {
        Place table = part.NewPlace();
        LoadDescriptors(part, table, 4);
        part.AtEnd(() =>
        {
            part.Mark(table);
            part.Quadwords(0, Code32Descriptor, DataDescriptor, Code64Descriptor);
        });
    }

    // LGDT wants a limit and an address one behind the other; on the stack they need no place of their own.
    private static void LoadDescriptors(GuestCode part, Place table, int entries)
    {
        part.LoadAddress(eax, table);
        part.Code.push(eax);
        part.Code.mov(eax, ((8 * entries) - 1) << 16);
        part.Code.push(eax);
        part.Code.lgdt(__[esp + 2]);
        part.Code.add(esp, 8);
    }

    private static void EnableProtection(GuestCode part, Place there)
    {
        Assembler c = part.Code;
        c.mov(eax, cr0);
        c.or(eax, (int)Cr0.ProtectionEnable);
        c.mov(cr0, eax);
        part.FarJump(Code32, there);
    }

    public static void LoadDataSegments(Assembler c)
    {
        c.mov(eax, Data);
        c.mov(ds, ax);
        c.mov(es, ax);
        c.mov(ss, ax);
    }

    private static GuestImage Single(int bits, StartMode mode, Action<GuestCode> body, ulong address)
    {
        var builder = new ImageBuilder(address);
        body(builder.AddPart(bits));
        return builder.Build(mode);
    }

    private static void Tables(Assembler c)
    {
        c.cld();
        c.mov(edi, Layout.RootTable);
        c.xor(eax, eax);
        c.mov(ecx, 1024);
        c.rep.stosd();
        c.mov(__dword_ptr[Layout.RootTable], Layout.HugePages | Table);

        Label next = c.CreateLabel();
        c.mov(edi, Layout.HugePages);
        c.mov(eax, HugePage);
        c.xor(edx, edx);
        c.mov(ecx, 512);
        c.Label(ref next);
        c.mov(__dword_ptr[edi], eax);
        c.mov(__dword_ptr[edi + 4], edx);
        c.add(eax, 1u << 30);
        c.adc(edx, 0);
        c.add(edi, 8);
        c.dec(ecx);
        c.jne(next);
    }

    // SSE is turned on as well: code in long mode takes it for granted.
    private static void EnableLongMode(Assembler c)
    {
        c.mov(eax, Layout.RootTable);
        c.mov(cr3, eax);
        c.mov(eax, cr4);
        c.or(eax, (int)(Cr4.PhysicalAddressExtension | Cr4.OsFxsr | Cr4.OsXmmExceptions));
        c.mov(cr4, eax);
        c.mov(ecx, (uint)Msr.Efer);
        c.rdmsr();
        c.or(eax, (int)Efer.LongModeEnable);
        c.wrmsr();
        c.mov(eax, cr0);
        c.or(eax, unchecked((int)(Cr0.Paging | Cr0.MonitorCoprocessor)));
        c.mov(cr0, eax);
    }
}
