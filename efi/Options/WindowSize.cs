// How large the window is in which a guest's console is shown: columns x rows, like 80x25.

using System;

namespace MinusOne.Efi.Options;

internal static class WindowSize
{
    public static void Read(OptionText options, ref DeviceOrder order)
    {
        if (options.TryGet("window"u8, out ReadOnlySpan<byte> text)
            && TryParse(text, out ushort columns, out ushort rows))
        {
            order.Columns = columns;
            order.Rows = rows;
        }
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out ushort columns, out ushort rows)
    {
        int by = text.IndexOf((byte)'x');
        columns = rows = 0;
        return by > 0 && TryParse(text.Slice(0, by), out columns) && TryParse(text.Slice(by + 1), out rows);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out ushort value)
    {
        bool isOne = Number.TryParse(text, out ulong number) && number is > 0 and <= ushort.MaxValue;
        value = isOne ? (ushort)number : (ushort)0;
        return isOne;
    }
}
