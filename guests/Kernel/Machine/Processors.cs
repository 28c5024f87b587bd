// All processors, the one that firmware started first.
namespace MinusOne.Guests.Kernel.Machine;

internal static unsafe class Processors
{
    public const int Most = 8;

    private static Table s_table;

    public static int Count { get; private set; }

    public static Processor* At(int number)
    {
        fixed (ulong* all = s_table.All)
        {
            return (Processor*)all[number];
        }
    }

    public static void Add(Processor* processor) => s_table.All[Count++] = (ulong)processor;

    private struct Table
    {
        public fixed ulong All[Most];
    }
}
