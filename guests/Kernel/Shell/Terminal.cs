// Draws the line that is being typed, and brings older ones back. A character at the end of the line is simply shown;
// everything else draws the line again.

using System;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Shell;

internal static unsafe class Terminal
{
    private static LineEditor s_line;
    private static History s_history;

    private static ReadOnlySpan<byte> Prompt => "> "u8;

    // The line as it was entered; false if it is to be forgotten.
    public static bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        s_line.Clear();
        int age = -1;
        Writer.Console.Text(Prompt);
        while (true)
        {
            int length = s_line.Length;
            byte key = ReadByte();
            switch (s_line.Press(key))
            {
                case Key.Changed when s_line.Cursor == s_line.Length && s_line.Length == length + 1:
                    Writer.Console.Text(s_line.Text.Slice(length));
                    break;
                case Key.Changed:
                    Draw();
                    break;
                case Key.Older when age + 1 < s_history.Count:
                    s_line.Set(s_history[++age]);
                    Draw();
                    break;
                case Key.Newer when age >= 0:
                    s_line.Set(--age < 0 ? default : s_history[age]);
                    Draw();
                    break;
                case Key.Entered:
                    Writer.Console.EndLine();
                    return Finish(out line);
                case Key.Abandoned:
                    Writer.Console.Text("^C\n"u8);
                    line = default;
                    return false;
            }
        }
    }

    private static bool Finish(out ReadOnlySpan<byte> line)
    {
        line = s_line.Text;
        if (s_line.IsTooLong)
        {
            Writer.Console.Text("a line has at most "u8).Decimal(LineEditor.Capacity).Text(" characters\n"u8);
            return false;
        }

        s_history.Add(line);
        return true;
    }

    // Back to the start, the text, the rest erased, the cursor to its place.
    private static void Draw()
    {
        Writer writer = Writer.Console.Text("\r"u8).Text(Prompt).Text(s_line.Text).Text("\e[K"u8);
        if (s_line.Cursor < s_line.Length)
        {
            writer.Text("\e["u8).Decimal((ulong)(s_line.Length - s_line.Cursor)).Text("D"u8);
        }
    }

    // One at a time: what is typed behind the line belongs to the program that the line starts.
    private static byte ReadByte()
    {
        byte key = 0;
        Output.Flush();
        while (Sys.Read(0, &key, 1) <= 0)
        {
        }

        return key;
    }
}
