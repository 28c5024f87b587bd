// A VMCS as a map of fields, and the physical memory it refers to. What was never written is 0; memory that was never
// written is not there.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class VmcsImage
{
    public Hpa Region { get; init; } = new(0x5000);

    public Dictionary<uint, ulong> Fields { get; } = [];

    // Memory by address, eight bytes each.
    public Dictionary<ulong, ulong> Memory { get; } = [];

    public ulong this[uint field]
    {
        get => Fields.GetValueOrDefault(field);
        set => Fields[field] = value;
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
}
