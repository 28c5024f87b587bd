// What a way of translating costs: hierarchies, each with a root of its own, and the tables they take.

namespace MinusOne.Hv.Lessons;

internal struct TableCost
{
    public uint Hierarchies;
    public uint Tables;
}
