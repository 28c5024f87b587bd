// A19: a guest with exactly 32 MiB, the tutorial's GUEST_PHYS_MEMORY_SIZE of 0x2000000. Its last page is as good as
// its first; one byte further the machine ends, and so does the guest. SDM 3C 30.3.3.2 EPT Violations.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class LastPage
{
    private const int MemoryBytes = 0x200_0000;
    private const int LastWord = MemoryBytes - 4;

    public static Guest Guest { get; } = new(
        "last-page", "A19", "32 MiB: the last page works, the next one is refused",
        new GuestConfig(Start.Protected(UseLastPage))
        {
            Title = "the last four bytes of 0x2000000",
            MemoryBytes = MemoryBytes,
        },
        new GuestConfig(Start.Protected(GoOn))
        {
            Title = "the first four bytes behind them",
            MemoryBytes = MemoryBytes,
            End = GuestEnd.IllegalAddress,
        },
        new GuestConfig(Start.Protected(Straddle))
        {
            Title = "four bytes of which two are memory",
            MemoryBytes = MemoryBytes,
            End = GuestEnd.IllegalAddress,
        });

    private static void UseLastPage(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[LastWord], 0x1234_5678);
        c.mov(eax, __dword_ptr[LastWord]);
        c.cmp(eax, 0x1234_5678);
        part.Expect(c.je, "it does not hold what was written");
        part.PrintLine($"wrote and read back at 0x{LastWord:X}");
        part.PowerOff();
    }

    private static void GoOn(GuestCode part)
    {
        part.PrintLine($"writing at 0x{MemoryBytes:X}");
        part.Code.mov(__dword_ptr[MemoryBytes], eax);
        part.PrintLine("and nobody minds");
        part.PowerOff();
    }

    private static void Straddle(GuestCode part)
    {
        part.PrintLine($"writing at 0x{LastWord + 2:X}");
        part.Code.mov(__dword_ptr[LastWord + 2], eax);
        part.PrintLine("and nobody minds");
        part.PowerOff();
    }
}
