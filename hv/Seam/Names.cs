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

    // What the member of an enum of this name with this number says of itself; empty if it says nothing.
    public static partial ReadOnlySpan<byte> OfControlWord(uint word);
    public static partial ReadOnlySpan<byte> OfEnd(uint end);
    public static partial ReadOnlySpan<byte> OfException(uint vector);

    // By FailureReport's numbers.
    public static partial ReadOnlySpan<byte> OfFailure(uint part);
    public static partial ReadOnlySpan<byte> OfImageKind(uint kind);
    public static partial ReadOnlySpan<byte> OfLoadStatus(uint status);
    public static partial ReadOnlySpan<byte> OfPhysicalKind(uint kind);
    public static partial ReadOnlySpan<byte> OfRefusal(uint refusal);
    public static partial ReadOnlySpan<byte> OfStage(uint stage);
}
