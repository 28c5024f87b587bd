// Formats text, numbers and columns straight into an output: no buffers, no strings. A Writer is one line in the
// making; every method hands it on, so that a line of the log is a line of the source.

using System;

namespace MinusOne.Hv.Report;

internal struct Writer
{
    private readonly Output _output;
    private int _column;

    public Writer(Output output)
    {
        _output = output;
    }

    public static Writer Log => new(Output.Log);

    public static Writer Console => new(Output.Console);

    public Writer Text(ReadOnlySpan<byte> text)
    {
        Host.Write(_output, text);
        _column += text.Length;
        return this;
    }

    // Fills up to a column, so that what follows stands under its heading. At least one blank.
    public Writer To(int column)
    {
        do
        {
            Text(" "u8);
        }
        while (_column < column);

        return this;
    }

    public unsafe Writer Decimal(ulong value)
    {
        byte* digits = stackalloc byte[20];
        int start = 20;
        do
        {
            digits[--start] = (byte)('0' + (value % 10));
            value /= 10;
        }
        while (value != 0);

        return Text(new ReadOnlySpan<byte>(digits + start, 20 - start));
    }

    // With leading zeros up to `digits`.
    public unsafe Writer Hex(ulong value, int digits = 1)
    {
        byte* text = stackalloc byte[16];
        int start = 16;
        while (value != 0 || 16 - start < digits)
        {
            int digit = (int)(value & 15);
            text[--start] = (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
            value >>= 4;
        }

        return Text(new ReadOnlySpan<byte>(text + start, 16 - start));
    }

    // As people write sizes: 512 KiB, 32 MiB, or plain bytes where no unit fits.
    public Writer Size(ulong bytes)
    {
        if (bytes == 0 || (bytes & 0x3FF) != 0)
        {
            return Decimal(bytes).Text(" bytes"u8);
        }

        return (bytes & 0x3FFF_FFFF) == 0 ? Decimal(bytes >> 30).Text(" GiB"u8)
            : (bytes & 0xF_FFFF) == 0 ? Decimal(bytes >> 20).Text(" MiB"u8)
            : Decimal(bytes >> 10).Text(" KiB"u8);
    }

    public void EndLine() => Host.Write(_output, "\n"u8);
}
