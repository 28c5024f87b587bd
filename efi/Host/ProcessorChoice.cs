// How many processors a run works with, of those it is to have and those that firmware lists. Known before memory is
// taken for them.

using System;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Options;

namespace MinusOne.Efi.Host;

internal static class ProcessorChoice
{
    private static ulong s_wanted;

    public static bool TryRead(OptionText options)
    {
        bool isGood = ProcessorCount.TryRead(options, out s_wanted, out ReadOnlySpan<byte> text);
        if (!isGood)
        {
            Writer.Log.Text("minusone: hostcpus = "u8).Text(text)
                .Text(" is no number of processors: give 1 or more, like 4"u8).EndLine();
        }

        return isGood;
    }

    // What follows a guest from exit to exit follows one processor.
    public static int Make(bool isFollowed)
    {
        if (s_wanted == 1)
        {
            return 1;
        }

        if (isFollowed)
        {
            Begin().Text(", but a debugger, a trace, a profile and a snapshot take one; one is used"u8).EndLine();
            return 1;
        }

        MachineTables.AskForProcessors();
        ref readonly ProcessorList list = ref MachineTables.Processors;
        int count = (int)Math.Min(s_wanted, (ulong)Math.Max(list.Count, 1));
        if ((ulong)count < s_wanted)
        {
            ulong there = Math.Max((ulong)list.Count + list.LeftOut, 1);
            Begin().Text(", and the machine has "u8).Decimal(there)
                .Text(there == 1 ? " processor; used: "u8 : " processors; used: "u8).Decimal((ulong)count).EndLine();
        }

        return count;
    }

    private static Writer Begin() => Writer.Log.Text("minusone: hostcpus = "u8).Decimal(s_wanted);
}
