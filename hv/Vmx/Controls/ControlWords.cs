// The five control words as they stand in the VMCS: effective, not wished for.

namespace MinusOne.Hv.Vmx.Controls;

internal struct ControlWords
{
    public PinControls Pin;
    public PrimaryControls Primary;
    public SecondaryControls Secondary;
    public ExitControls Exit;
    public EntryControls Entry;

    public readonly bool Has(PinControls bits) => (Pin & bits) == bits;
    public readonly bool Has(PrimaryControls bits) => (Primary & bits) == bits;
    public readonly bool Has(SecondaryControls bits) => (Secondary & bits) == bits;
    public readonly bool Has(ExitControls bits) => (Exit & bits) == bits;
    public readonly bool Has(EntryControls bits) => (Entry & bits) == bits;
}

// Which of the five words a bit belongs to.
internal enum ControlWord : byte
{
    Pin,
    Primary,
    Secondary,
    Exit,
    Entry,
}

internal static class ControlNames
{
    // Empty for a reserved bit.
    public static ReadOnlySpan<byte> Of(ControlWord word, int bit) => Names.OfControl((uint)word, bit);

    public static ReadOnlySpan<byte> Of(ControlWord word) => word switch
    {
        ControlWord.Pin => "pin-based"u8,
        ControlWord.Primary => "primary"u8,
        ControlWord.Secondary => "secondary"u8,
        ControlWord.Exit => "exit"u8,
        _ => "entry"u8,
    };
}

// A capability MSR of a 32-bit control word: which bits must be 1 and which may be. SDM 3D A.2 Reserved Controls and
// Default Settings.
internal readonly struct AllowedControls(ulong raw)
{
    public readonly ulong Raw = raw;

    public uint MustBeOneBits => (uint)Raw;

    public uint MayBeOneBits => (uint)(Raw >> 32);

    // All of these bits may be 1.
    public bool MayBeOne(uint bits) => (MayBeOneBits & bits) == bits;

    // The bits the processor insists on are all there.
    public bool HasMustBeOne(uint bits) => (MustBeOneBits & ~bits) == 0;

    // What the hardware makes of a wish: the bits it insists on are added, those it does not have are dropped.
    public uint Effective(uint wanted) => (wanted | MustBeOneBits) & MayBeOneBits;
}

// A control bit that is wanted and cannot be had.
internal readonly struct MissingControl(ControlWord word, int bit)
{
    public readonly ControlWord Word = word;
    public readonly int Bit = bit;
    public readonly bool IsMissing = true;
}
