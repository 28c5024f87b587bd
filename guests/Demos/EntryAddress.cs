// A20: another GUEST_ENTRY. A small BIOS in real mode goes to protected mode, copies a kernel to the address that it
// finds in EBX and jumps there, as the tutorial's BIOS does with 0x200000. The kernel is position independent and
// says where it runs.

using Iced.Intel;
using MinusOne.Guests.Kit;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class EntryAddress
{
    private const ulong MemoryBytes = 0x100_0000;
    private const uint Usual = 0x20_0000;
    private const uint Other = 0x47_3000;

    private static readonly GuestImage s_image = Image();

    public static Guest Guest { get; } = new(
        "entry-address", "A20", "the same kernel entered at two addresses",
        Scene(Usual),
        Scene(Other));

    private static GuestScene Scene(uint entry) => new(s_image)
    {
        Title = $"GUEST_ENTRY = 0x{entry:X}",
        MemoryBytes = MemoryBytes,
        Rbx = entry,
    };

    private static GuestImage Image()
    {
        var builder = new ImageBuilder(Layout.Image);
        Part real = builder.AddPart(16);
        Part flat = builder.AddPart(32);
        Part kernel = builder.AddPart(32);
        Part end = builder.AddPart(32);
        Start.ToProtectedMode(real, flat.Here());
        Start.LoadDataSegments(flat.Code);
        CopyAndJump(flat, kernel.Here(), end.Here());
        Kernel(kernel);
        return builder.Build(StartMode.Real);
    }

    private static void CopyAndJump(Part part, Place kernel, Place end)
    {
        Assembler c = part.Code;
        part.PrintLine("BIOS: in protected mode, copying the kernel");
        part.LoadAddress(esi, kernel);
        part.LoadAddress(ecx, end);
        c.sub(ecx, esi);
        c.mov(edi, ebx);
        c.cld();
        c.rep.movsb();
        c.jmp(ebx);
    }

    // Only relative addresses: the print subroutine is part of what was copied.
    private static void Kernel(Part part)
    {
        Assembler c = part.Code;
        Place self = part.NewPlace();
        c.call(self);
        part.Mark(self);
        c.pop(eax);
        c.sub(eax, 5); // the length of the call
        part.Print("kernel: running at 0x");
        part.PrintHex(8);
        part.PrintLine("");
        c.cmp(eax, ebx);
        part.Expect(c.je, "that is not GUEST_ENTRY");
        part.PowerOff();
    }
}
