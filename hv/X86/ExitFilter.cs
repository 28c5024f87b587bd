// Which exits are recorded: by reason and by place.
namespace MinusOne.Hv.X86;

internal struct ExitFilter
{
    // Somebody records.
    public bool IsOn;

    // A bit for each reason, 1 for those that are left out; the highest stands for those that have none.
    public ulong WithoutLow;
    public ulong WithoutHigh;

    // Both belong to it.
    public ulong FirstRip;
    public ulong LastRip;

    public readonly bool Has(uint reason, ulong rip)
    {
        uint bit = BitOf((ushort)reason);
        ulong without = bit < 64 ? WithoutLow : WithoutHigh;
        return (without >> (int)(bit & 63) & 1) == 0 && rip >= FirstRip && rip <= LastRip;
    }

    public void LeaveAllOut() => WithoutLow = WithoutHigh = ulong.MaxValue;

    public void Take(uint reason)
    {
        uint bit = BitOf(reason);
        if (bit < 64)
        {
            WithoutLow &= ~(1UL << (int)bit);
        }
        else
        {
            WithoutHigh &= ~(1UL << (int)(bit - 64));
        }
    }

    private static uint BitOf(uint reason) => Math.Min(reason, 127);
}
