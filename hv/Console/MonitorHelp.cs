// What the monitor says of itself: its commands, one of them, and what may have been meant by a word that is none.
namespace MinusOne.Hv.Console;

internal static class MonitorHelp
{
    private const int HelpColumn = 30;

    // Letters that may be wrong in a word that was meant.
    private const int Near = 2;

    public static void Help(ref MonitorCall call)
    {
        if (call.Words.MoveNext())
        {
            if (MonitorCommand.TryFind(call.Words.Current, out MonitorCommand command))
            {
                One(call.Output, in command);
            }
            else
            {
                Unknown(call.Output, call.Words.Current);
            }

            return;
        }

        for (int i = 0; i < MonitorCommand.Count; i++)
        {
            One(call.Output, MonitorCommand.At(i));
        }

        call.Line.Text("  The beginning of a word is enough; Tab completes it, up and down show earlier lines."u8)
            .EndLine();
        call.Line.Text("  ADDR is hexadecimal, or a register: rip, rsp, cr2, rax ...; LENGTH and COUNT are decimal."u8)
            .EndLine();
    }

    // What a command wants, where it was given something else.
    public static void Usage(ref MonitorCall call, ReadOnlySpan<byte> name, ReadOnlySpan<byte> trouble)
    {
        call.Line.Text(trouble).Text("; it is used so:"u8).EndLine();
        if (MonitorCommand.TryFind(name, out MonitorCommand command))
        {
            One(call.Output, in command);
        }
    }

    public static void Unknown(Output output, ReadOnlySpan<byte> word)
    {
        bool isBeginning = Count(word, asBeginning: true) != 0;
        Writer line = new Writer(output).Text("'"u8).Text(word)
            .Text(isBeginning ? "' begins more than one command:"u8 : "' is no command"u8);
        if (isBeginning || Count(word, asBeginning: false) != 0)
        {
            line = line.Text(isBeginning ? ""u8 : ", perhaps"u8);
            for (int i = 0; i < MonitorCommand.Count; i++)
            {
                MonitorCommand command = MonitorCommand.At(i);
                line = IsMeant(in command, word, isBeginning) ? line.Text(" "u8).Text(command.Name) : line;
            }
        }

        line.Text("; help lists all"u8).EndLine();
    }

    private static int Count(ReadOnlySpan<byte> word, bool asBeginning)
    {
        int count = 0;
        for (int i = 0; i < MonitorCommand.Count; i++)
        {
            count += IsMeant(MonitorCommand.At(i), word, asBeginning) ? 1 : 0;
        }

        return count;
    }

    // A short word is near to everything: half of it has to be right.
    private static bool IsMeant(in MonitorCommand command, ReadOnlySpan<byte> word, bool asBeginning)
    {
        if (asBeginning)
        {
            return command.Begins(word);
        }

        int most = Math.Min(Near, word.Length / 2);
        int length = Math.Min(word.Length, command.Name.Length);
        return Spelling.Distance(command.Name, word) <= most
            || (word.Length > Near && Spelling.Distance(command.Name.Slice(0, length), word) <= 1);
    }

    private static void One(Output output, in MonitorCommand command) =>
        new Writer(output).Text("  "u8).Text(command.Name).Text(command.Arguments.IsEmpty ? ""u8 : " "u8)
            .Text(command.Arguments).To(HelpColumn).Text(command.Help).EndLine();
}
