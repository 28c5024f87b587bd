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
        uint shadow = Count(pool, PageFormat.Paging, Machines * (Processes + 1), out uint shadowTables);
        uint ept = Count(pool, PageFormat.Ept, Machines, out uint eptTables);
        Print("shadow paging: "u8, shadow, shadowTables);
        Print("EPT:           "u8, ept, eptTables);
        return shadow == 44 && ept == 4;
    }

    // How many hierarchies could be built, each with a root of its own, and the tables they took.
    public static uint Count(FramePool* pool, PageFormat format, uint hierarchies, out uint tables)
    {
        uint built = 0;
        tables = 0;
        for (uint i = 0; i < hierarchies; i++)
        {
            PageTable table = default;
            PageAttributes attributes = new(PageRights.All, MemoryType.WriteBack);
            if (table.Initialize(pool, FrameOwner.Hypervisor, format, PageLevel.Page4K)
                && table.Map(0, PageLevel.Size(PageLevel.Page4K), default, attributes) == TableStatus.Done)
            {
                built++;
                tables += table.Tables;
            }

            table.Release();
        }

        return built;
    }

    private static void Print(ReadOnlySpan<byte> name, uint hierarchies, uint tables) =>
        Writer.Console.Text(name).Decimal(hierarchies).Text(" hierarchies, "u8).Decimal(tables)
            .Text(" tables for one page in each"u8).EndLine();
}
