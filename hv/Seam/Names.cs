// Long tables of names that only reports print. Like Cpu, chosen at link time: the image carries them packed, made from
// the enums by the build; the unit tests ask the enums.
namespace MinusOne.Hv.Seam;

internal static partial class Names
{
    // A VMCS field as its enum calls it, "?" if there is none.
    public static partial ReadOnlySpan<byte> OfField(uint encoding);

    // What a rule of the audit says, in one line.
    public static partial ReadOnlySpan<byte> OfRule(uint rule);

    // A basic exit reason in words.
    public static partial ReadOnlySpan<byte> OfExit(uint reason);

    // A bit of a control word as the manual calls it, empty if it is reserved. Words by their ControlWord.
    public static partial ReadOnlySpan<byte> OfControl(uint word, int bit);
}
