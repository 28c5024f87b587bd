// Where an address leads, and through which leaf.

namespace MinusOne.Hv.Memory;

internal readonly struct Translation
{
    public readonly Hpa Address;
    public readonly PageAttributes Attributes;
    public readonly PageUse Use;

    // Level of the leaf; 0: nothing is mapped there.
    public readonly byte Level;

    public Translation(Hpa address, PageAttributes attributes, PageUse use, int level)
    {
        Address = address;
        Attributes = attributes;
        Use = use;
        Level = (byte)level;
    }

    public bool IsMapped => Level != 0;
}
