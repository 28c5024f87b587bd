// The current VMCS field by field, for people who want to see all of it: those fields that have a name here and that
// this processor has. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS Fields.
namespace MinusOne.Hv.Audit;

internal static unsafe class FieldReport
{
    private const int ValueColumn = 50;

    // An encoding is made of a width, an area (controls, exit information, guest, host) and a number in it.
    private const int WidthShift = 13, AreaShift = 10;
    private const uint Widths = 4, Areas = 4, Numbers = 64;

    // As far as the name holds the word.
    public static void Write(Output output, ReadOnlySpan<byte> word)
    {
        for (uint area = 0; area < Areas; area++)
        {
            for (uint width = 0; width < Widths; width++)
            {
                for (uint number = 0; number < Numbers; number++)
                {
                    Field(output, (width << WidthShift) | (area << AreaShift) | (number << 1), word);
                }
            }
        }
    }

    private static void Field(Output output, uint encoding, ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> name = Names.OfField(encoding);
        ulong value;
        if (!name.SequenceEqual("?"u8) && Spelling.Hold(name, word)
            && VmxCpu.TryVmRead(encoding, &value) == VmxResult.Succeed)
        {
            new Writer(output).Text("  "u8).Hex(encoding, 4).Text(" "u8).Text(name)
                .To(ValueColumn).Hex(value).EndLine();
        }
    }
}
