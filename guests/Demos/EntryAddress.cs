// A20: another GUEST_ENTRY. The BIOS goes from real mode to protected mode and jumps to an address that stands in it as
// a parameter: 0x200000 in the tutorial, anything here. The kernel is position independent and says where it runs.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class EntryAddress
{
    private const ulong MemoryBytes = 0x100_0000;
    private const uint Other = 0x47_3000;

    private static readonly GuestImage s_image = Start.Protected(Kernel);

    public static Guest Guest { get; } = new(
        "entry-address", "A20", "the same kernel entered at two addresses",
        Config(Bios.Bios.UsualEntry),
        Config(Other));

    // The kernel is told in EBX where it is meant to be, and the BIOS does not touch that.
    private static GuestConfig Config(uint entry) => new(s_image with { LoadAddress = entry })
    {
        Title = $"GUEST_ENTRY = 0x{entry:X}",
        MemoryBytes = MemoryBytes,
        Flags = VmFeatures.Kernel,
        Rbx = entry,
    };

    // Only relative addresses.
    private static void Kernel(GuestCode part)
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
