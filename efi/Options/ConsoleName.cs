// Which port of a guest has the keyboard: serial or virtio.

using System;

namespace MinusOne.Efi.Options;

internal static class ConsoleName
{
    public static ConsoleKind KindOf(OptionText options, ConsoleKind otherwise) =>
        options.TryGet("console"u8, out ReadOnlySpan<byte> text) && TryParse(text, out ConsoleKind kind)
            ? kind
            : otherwise;

    public static bool TryParse(ReadOnlySpan<byte> text, out ConsoleKind kind)
    {
        kind = text.SequenceEqual("serial"u8) ? ConsoleKind.Serial
            : text.SequenceEqual("virtio"u8) ? ConsoleKind.Virtio
            : ConsoleKind.Usual;
        return kind != ConsoleKind.Usual;
    }

    // Linux writes to all that its command line names, and the last one is its keyboard.
    // Documentation/admin-guide/serial-console.rst.
    public static ConsoleKind ForLinux(ReadOnlySpan<byte> commandLine)
    {
        ConsoleKind kind = ConsoleKind.Usual;
        while (!commandLine.IsEmpty)
        {
            int space = commandLine.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = space < 0 ? commandLine : commandLine.Slice(0, space);
            commandLine = commandLine.Slice(space < 0 ? word.Length : space + 1);
            if (word.StartsWith("console=hvc"u8))
            {
                kind = ConsoleKind.Virtio;
            }
            else if (word.StartsWith("console="u8) && kind == ConsoleKind.Virtio)
            {
                kind = ConsoleKind.SerialOfBoth;
            }
        }

        return kind;
    }
}
