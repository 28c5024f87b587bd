// A command: the line of a program, perhaps with another that gets its output (`a | b`), perhaps with a file for it (`>
// f`, `>> f`). Pure.

using System;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Shell;

internal ref struct CommandLine
{
    // What comes behind the bar; empty if there is none.
    public ReadOnlySpan<byte> Rest;
    public ReadOnlySpan<byte> Program;
    public ReadOnlySpan<byte> File;
    public OpenMode Mode;

    // False if a bar or an arrow has nothing behind it or before it.
    public static bool TryParse(ReadOnlySpan<byte> line, out CommandLine command)
    {
        command = default;
        int bar = line.IndexOf((byte)'|');
        if (bar >= 0)
        {
            command.Rest = Trim(line.Slice(bar + 1));
            line = line.Slice(0, bar);
        }

        int arrow = line.IndexOf((byte)'>');
        command.Program = Trim(arrow < 0 ? line : line.Slice(0, arrow));
        if (arrow >= 0)
        {
            ReadOnlySpan<byte> file = line.Slice(arrow + 1);
            bool append = !file.IsEmpty && file[0] == '>';
            command.Mode = append ? OpenMode.Append : OpenMode.Write;
            command.File = Trim(append ? file.Slice(1) : file);
        }

        return !command.Program.IsEmpty && (bar < 0 || !command.Rest.IsEmpty) && (arrow < 0 || !command.File.IsEmpty);
    }

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && text[0] == ' ')
        {
            text = text.Slice(1);
        }

        while (!text.IsEmpty && text[text.Length - 1] == ' ')
        {
            text = text.Slice(0, text.Length - 1);
        }

        return text;
    }
}
