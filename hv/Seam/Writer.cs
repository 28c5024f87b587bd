// Formats text, numbers and columns straight into an output: no buffers, no strings. A Writer is one line in the
// making; every method hands it on, so that a line of the log is a line of the source. A good part of the image's code
// is such calls: a Writer is one word and a text goes as address and length, so that all of it stays in registers.
namespace MinusOne.Hv.Seam;

internal readonly unsafe struct Writer(ulong state)
{
    private const int ColumnShift = 8;

    // The output, above it the column.
    private readonly ulong _state = state;

    public Writer(Output output)
        : this((ulong)output)
    {
    }

    public static Writer Log => new(Output.Log);
    public static Writer Console => new(Output.Console);

    public Writer Text(ReadOnlySpan<byte> text) => Put(this, ref MemoryMarshal.GetReference(text), text.Length);

    // Fills up to a column, so that what follows stands under its heading. At least one blank.
    public Writer To(int column) => Fill(this, column);
    public Writer Decimal(ulong value) => PutDecimal(this, value);

    // With leading zeros up to `digits`.
    public Writer Hex(ulong value, int digits = 1) => PutHex(this, value, digits);

    // As people write sizes: 512 KiB, 32 MiB, or plain bytes where no unit fits.
    public Writer Size(ulong bytes) => PutSize(this, bytes);
    public void EndLine() => Text("\n"u8);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Writer Put(Writer writer, ref byte start, int length)
    {
        Host.Write((Output)(byte)writer._state, MemoryMarshal.CreateReadOnlySpan(ref start, length));
        return new(writer._state + ((ulong)length << ColumnShift));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Writer Fill(Writer writer, int column)
    {
        do
        {
            writer = writer.Text(" "u8);
        }
        while ((int)(writer._state >> ColumnShift) < column);

        return writer;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Writer PutDecimal(Writer writer, ulong value)
    {
        byte* digits = stackalloc byte[20];
        int start = 20;
        do
        {
            digits[--start] = (byte)('0' + (value % 10));
            value /= 10;
        }
        while (value != 0);

        return writer.Text(new ReadOnlySpan<byte>(digits + start, 20 - start));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Writer PutHex(Writer writer, ulong value, int digits)
    {
        byte* text = stackalloc byte[16];
        int start = 16;
        while (value != 0 || 16 - start < digits)
        {
            int digit = (int)(value & 15);
            text[--start] = (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
            value >>= 4;
        }

        return writer.Text(new ReadOnlySpan<byte>(text + start, 16 - start));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Writer PutSize(Writer writer, ulong bytes)
    {
        if (bytes == 0 || (bytes & 0x3FF) != 0)
        {
            return writer.Decimal(bytes).Text(" bytes"u8);
        }

        return (bytes & 0x3FFF_FFFF) == 0 ? writer.Decimal(bytes >> 30).Text(" GiB"u8)
            : (bytes & 0xF_FFFF) == 0 ? writer.Decimal(bytes >> 20).Text(" MiB"u8)
            : writer.Decimal(bytes >> 10).Text(" KiB"u8);
    }
}
