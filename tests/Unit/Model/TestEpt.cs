// EPT tables written by hand, entry by entry, for tests of the model.

using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Model;

internal sealed class TestEpt
{
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    private readonly SoftMemory _memory;
    private readonly Hpa _root;

    public TestEpt(SoftMemory memory, ulong flags = 0x5E)
    {
        _memory = memory;
        _root = memory.AllocateZeroed(1);
        Pointer = _root.Value | flags;
    }

    public ulong Pointer { get; }

    public void Map(ulong address, Hpa target, Access rights = Access.All, int shift = 12) =>
        this[address, shift] = target.Value | (6ul << 3) | (ulong)rights | (shift > 12 ? 0x80ul : 0);

    // The entry that maps this address at this level; tables on the way are made.
    public ulong this[ulong address, int shift]
    {
        get => _memory.Read<ulong>(Slot(address, shift));
        set => _memory.Write(Slot(address, shift), value);
    }

    private Hpa Slot(ulong address, int shift)
    {
        Hpa table = _root;
        for (int level = 39; level > shift; level -= 9)
        {
            Hpa slot = table + (((address >> level) & 511) * 8);
            if (_memory.Read<ulong>(slot) == 0)
            {
                _memory.Write(slot, _memory.AllocateZeroed(1).Value | 7);
            }

            table = new Hpa(_memory.Read<ulong>(slot) & AddressMask);
        }

        return table + (((address >> shift) & 511) * 8);
    }
}
