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
}
