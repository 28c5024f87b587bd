// What an unmodified NimbOS needs of its machine, asked for row by row by a stand-in that begins as nimbos.bin does: a
// flat multiboot kernel at 0x200000, entered through the BIOS. Each check prints a line; the first that fails says so
// and halts, which is the wrong end. Nothing here is NimbOS's code: only the accesses are the same. Each file of this
// folder is one part of the contract.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class NimbosContract
{
    // Multiboot specification 3.1.1 The layout of Multiboot header.
    private const uint Magic = 0x1BAD_B002;
    private const uint HasAddresses = 1 << 16;

    public static Guest Guest { get; } = new(
        "nimbos-contract", "", "a stand-in for NimbOS that asks its machine for all that NimbOS needs",
        new GuestConfig(Image())
        {
            MemoryBytes = 0,
            Flags = VmFeatures.Kernel | VmFeatures.Pc,
            Exits =
            [
                Exit.Never(ExitReason.Hlt),
                Exit.Never(ExitReason.Rdtsc),

                // The one write that turns NE on, which VMX operation owns.
                Exit.Times(ExitReason.ControlRegisterAccess, 1).OnVtx(),
                Exit.Never(ExitReason.ExceptionOrNmi),
                Exit.AtLeast(ExitReason.PreemptionTimerExpired, 30),
            ],
        });

    private static GuestImage Image()
    {
        var builder = new ImageBuilder(Bios.Bios.UsualEntry);
        GuestCode flat = builder.AddPart(32);
        GuestCode wide = builder.AddPart(64);
        GuestCode end = builder.AddPart(64);
        Place header = flat.NewPlace();
        Place start = flat.NewPlace();
        Place entry = flat.Here();
        flat.Code.jmp(start);
        flat.Code.nop();
        flat.Code.nop();
        Header(flat, header, end.Here(), entry);
        flat.Mark(start);
        Entry.Check(flat, entry);
        LongMode.Enter(flat, wide.Here());
        Body(wide);
        return builder.Build(StartMode.Protected) with { LoadAddress = 0 };
    }

    // The header follows the two bytes of a jump and two that fill up.
    private static void Header(GuestCode part, Place header, Place end, Place entry)
    {
        part.Mark(header);
        part.Code.dd(Magic, HasAddresses, uint.MaxValue - (Magic + HasAddresses) + 1);
        part.AddressOf(header);
        part.AddressOf(entry);
        part.AddressOf(end);
        part.Code.dd(Map.BssEnd);
        part.AddressOf(entry);
    }

    private static void Body(GuestCode part)
    {
        Faults faults = LongMode.Check(part);
        Processor.Check(part);
        Ports.Check(part);
        Hpet.Check(part);
        var ticks = new Ticks(part);
        Clocks.Calibrate(part);
        ticks.Check();
        UserMode.Check(part, faults, ticks);
        Entry.CheckMemory(part);
        part.PrintLine("power-off  0x2000 as a word to port 0x604");
        part.PowerOff();
    }
}
