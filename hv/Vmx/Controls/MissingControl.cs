// A control bit that is wanted and cannot be had.

namespace MinusOne.Hv.Vmx.Controls;

internal readonly struct MissingControl
{
    public readonly ControlWord Word;
    public readonly int Bit;
    public readonly bool IsMissing;

    public MissingControl(ControlWord word, int bit)
    {
        Word = word;
        Bit = bit;
        IsMissing = true;
    }
}
