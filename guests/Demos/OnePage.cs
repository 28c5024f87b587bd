// C2: a machine whose memory is one page of 4 KiB at 0x1000, as the KVM sample gives its guest. Code, data and stack
// fit into it; a byte before it and a byte behind it do not belong to the machine. SDM 3C 30.3.3.2 EPT Violations.

using System;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class OnePage
{
    private const ushort First = 0x1000;
    private const ushort End = 0x2000;

    public static Guest Guest { get; } = new(
        "one-page", "C2", "a machine of one 4 KiB page; a touch outside is reported",
        Config("code, data and stack in the page", GuestEnd.PoweredOff, part => Touch(part, End - 0x100)),
        Config("the byte behind it", GuestEnd.IllegalAddress, part => Touch(part, End)),
        Config("the byte before it", GuestEnd.IllegalAddress, part => Touch(part, First - 1)));

    private static GuestConfig Config(string title, GuestEnd end, Action<GuestCode> body) =>
        new(Start.Real(body, First))
        {
            Title = title,
            MemoryStart = First,
            MemoryBytes = End,
            Rsp = End,
            End = end,
        };

    private static void Touch(GuestCode part, ushort address)
    {
        Assembler c = part.Code;
        part.PrintLine($"writing at 0x{address:X4}");
        c.mov(__byte_ptr[address], 1);
        c.cmp(__byte_ptr[address], 1);
        part.Expect(c.je, "it does not hold what was written");
        part.PrintLine("written and read back");
        part.PowerOff();
    }
}
