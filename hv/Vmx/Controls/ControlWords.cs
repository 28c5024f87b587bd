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
