// `shadow-cost`: what shadow paging costs in tables. A shadow hierarchy translates the linear addresses of one process
// straight to host frames, so every process of every machine needs its own, and the machine one more for when it runs
// without paging. EPT translates guest-physical addresses, of which a machine has one set: 4 x (10 + 1) = 44
// hierarchies against 4. SDM 3C 34.3 Memory Virtualization. They are built, each with one page in it, and counted.
namespace MinusOne.Hv.Lessons;

internal static unsafe class ShadowTables
{
    private const uint Machines = 4;
    private const uint Processes = 10;

    public static bool Run(FramePool* pool)
    {
        TableCost shadow = Count(pool, PageFormat.Paging, Machines * (Processes + 1));
        TableCost ept = Count(pool, PageFormat.Ept, Machines);
        Print("shadow paging: "u8, shadow);
        Print("EPT:           "u8, ept);
        return shadow.Hierarchies == 44 && ept.Hierarchies == 4;
    }

    // A hierarchy that could not be built is not counted.
    public static TableCost Count(FramePool* pool, PageFormat format, uint hierarchies)
    {
        TableCost cost = default;
        for (uint i = 0; i < hierarchies; i++)
        {
            PageTable table = default;
            PageAttributes attributes = new(PageRights.All, MemoryType.WriteBack);
            if (table.Initialize(pool, FrameOwner.Hypervisor, format, PageLevel.Page4K)
                && table.Map(0, PageLevel.Size(PageLevel.Page4K), default, attributes) == TableStatus.Done)
            {
                cost.Hierarchies++;
                cost.Tables += table.Tables;
            }

            table.Release();
        }

        return cost;
    }

    private static void Print(ReadOnlySpan<byte> name, TableCost cost) =>
        Writer.Console.Text(name).Decimal(cost.Hierarchies).Text(" hierarchies, "u8).Decimal(cost.Tables)
            .Text(" tables for one page in each"u8).EndLine();
}

// What a way of translating costs: hierarchies, each with a root of its own, and the tables they take.
internal struct TableCost
{
    public uint Hierarchies;
    public uint Tables;
}
