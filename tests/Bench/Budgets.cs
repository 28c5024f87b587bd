// The guard: every row with a bound, measured, against it. In Bochs a tick is an instruction, so what fits today fits tomorrow
// unless somebody adds instructions.

using System;

namespace MinusOne.Tests.Bench;

internal static class Budgets
{
    public static int Check(OwnRun ours)
    {
        int status = 0;
        foreach (Row row in Row.All())
        {
            if (row.Bound is { } bound && ours.Ticks.TryGetValue(row.Name, out uint ticks) && ticks / row.Units > bound)
            {
                Console.WriteLine($"{row.Name}: {ticks / row.Units} ticks, {bound} are allowed");
                status = 1;
            }
        }

        return status;
    }
}
