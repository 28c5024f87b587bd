// One VMCS: a map from field to value, as the processor keeps it. Knows which fields were ever written; the others
// hold poison, because VMCLEAR initialises none. Which accesses are legal, SoftVmx judges.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class SoftVmcs
{
    private readonly Dictionary<uint, ulong> _values;

    public SoftVmcs(Hpa region)
    {
        Region = region;
        _values = [];
    }

    // A copy of what VMCLEAR put into memory.
    public SoftVmcs(Hpa region, SoftVmcs saved)
    {
        Region = region;
        LaunchState = saved.LaunchState;
        _values = new Dictionary<uint, ulong>(saved._values);
    }

    public Hpa Region { get; }

    public LaunchState LaunchState { get; set; }

    public ulong this[uint field]
    {
        get => _values.TryGetValue(field, out ulong value) ? value : Poison.Of(field);
        set => _values[field] = value;
    }

    public ushort this[Vmcs16 field]
    {
        get => (ushort)this[(uint)field];
        set => this[(uint)field] = value;
    }

    public uint this[Vmcs32 field]
    {
        get => (uint)this[(uint)field];
        set => this[(uint)field] = value;
    }

    public ulong this[Vmcs64 field]
    {
        get => this[(uint)field];
        set => this[(uint)field] = value;
    }

    public ulong this[VmcsNatural field]
    {
        get => this[(uint)field];
        set => this[(uint)field] = value;
    }

    public uint this[VmcsReadOnly32 field]
    {
        get => (uint)this[(uint)field];
        set => this[(uint)field] = value;
    }

    public ulong this[VmcsReadOnly64 field]
    {
        get => this[(uint)field];
        set => this[(uint)field] = value;
    }

    public ulong this[VmcsReadOnlyNatural field]
    {
        get => this[(uint)field];
        set => this[(uint)field] = value;
    }

    public PinControls Pin => (PinControls)this[Vmcs32.PinControls];

    public PrimaryControls Primary => (PrimaryControls)this[Vmcs32.PrimaryControls];

    // As the processor takes them: 0 unless activated.
    public SecondaryControls Secondary => Has(PrimaryControls.ActivateSecondaryControls)
        ? (SecondaryControls)this[Vmcs32.SecondaryControls]
        : SecondaryControls.None;

    public ExitControls Exit => (ExitControls)this[Vmcs32.ExitControls];

    public EntryControls Entry => (EntryControls)this[Vmcs32.EntryControls];

    public bool IsWritten(uint field) => _values.ContainsKey(field);

    public bool Has(PinControls bits) => (Pin & bits) == bits;

    public bool Has(PrimaryControls bits) => (Primary & bits) == bits;

    public bool Has(SecondaryControls bits) => (Secondary & bits) == bits;

    public bool Has(ExitControls bits) => (Exit & bits) == bits;

    public bool Has(EntryControls bits) => (Entry & bits) == bits;
}
