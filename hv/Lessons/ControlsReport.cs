// The control words in effect, each bit by its name: what a learner compares with the manual's tables.

namespace MinusOne.Hv.Lessons;

internal static class ControlsReport
{
    public static void Print(Output output, in ControlWords words)
    {
        Print(output, ControlWord.Pin, (uint)words.Pin);
        Print(output, ControlWord.Primary, (uint)words.Primary);
        Print(output, ControlWord.Secondary, (uint)words.Secondary);
        Print(output, ControlWord.Exit, (uint)words.Exit);
        Print(output, ControlWord.Entry, (uint)words.Entry);
    }

    // Reserved bits have no name; they stand in the number only.
    private static void Print(Output output, ControlWord word, uint value)
    {
        Writer line = new Writer(output).Text("  | "u8).Text(ControlNames.Of(word)).To(14).Hex(value, 8).Text(":"u8);
        bool first = true;
        for (int bit = 0; bit < 32; bit++)
        {
            System.ReadOnlySpan<byte> name = ControlNames.Of(word, bit);
            if ((value >> bit & 1) != 0 && !name.IsEmpty)
            {
                line = line.Text(first ? " "u8 : ", "u8).Text(name);
                first = false;
            }
        }

        line.EndLine();
    }
}
