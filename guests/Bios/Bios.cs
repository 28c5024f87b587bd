// The guest BIOS: from real mode to flat protected mode, and on to a kernel, as the tutorial has it at 0x8000. Its own
// are the three descriptors, the stack at 0x7000 and the entry address, which stands in its last four bytes: whoever
// loads it writes the address there. EAX and EBX reach the kernel as they were at the start. SDM 3A 11.9.1 Switching to
// Protected Mode.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bios;

internal static class Bios
{
    public const uint UsualEntry = 0x20_0000;

    public static GuestImage Image { get; } = Make();

    // Emits the way from real mode to `flat`, with the descriptors of a BIOS and `more` behind them. Uses ECX. Returns
    // where the table is.
    public static Place ToProtectedMode(GuestCode real, GuestCode flat, params ulong[] more)
    {
        Assembler c = real.Code;
        Place table = real.NewPlace();
        Place pseudo = real.NewPlace();
        Place there = flat.Here();
        c.cli();
        c.xor(cx, cx);
        c.mov(ds, cx);
        real.LoadAddress(ecx, pseudo);
        c.lgdt(__[ecx]);
        c.mov(ecx, cr0);
        c.or(cl, (byte)Cr0.ProtectionEnable);
        c.mov(cr0, ecx);
        real.FarJump(Start.Code32, there);
        real.AtEnd(() =>
        {
            real.Mark(table);
            real.Quadwords([0, Start.Code32Descriptor, Start.DataDescriptor, .. more]);
            real.Mark(pseudo);
            c.dw((ushort)((8 * (3 + more.Length)) - 1));
            real.AddressOf(table);
        });
        LoadSegments(flat.Code);
        return table;
    }

    private static void LoadSegments(Assembler c)
    {
        c.mov(ecx, Start.Data);
        c.mov(ds, cx);
        c.mov(es, cx);
        c.mov(fs, cx);
        c.mov(gs, cx);
        c.mov(ss, cx);
        c.mov(esp, Layout.StackTop);
    }

    private static GuestImage Make()
    {
        var builder = new ImageBuilder(Layout.Image);
        GuestCode real = builder.AddPart(16);
        GuestCode flat = builder.AddPart(32);
        Place entry = flat.NewPlace();
        ToProtectedMode(real, flat);
        flat.LoadAddress(ecx, entry);
        flat.Code.jmp(__dword_ptr[ecx]);
        flat.AtEnd(() =>
        {
            flat.Mark(entry);
            flat.Code.dd(UsualEntry);
        });
        return builder.Build(StartMode.Real);
    }
}
