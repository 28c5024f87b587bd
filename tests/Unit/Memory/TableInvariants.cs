// What must hold of a hierarchy of tables at any time, read from the raw tables themselves: no empty table below the
// root, no table twice, every leaf aligned to its size and not larger than allowed, and as many tables as the pool has
// given out.

using System.Collections.Generic;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

internal static unsafe class TableInvariants
{
    public static void Check(ref PageTable table, FramePool* pool, FrameOwner owner, int largestLeaf, string what)
    {
        HashSet<ulong> seen = [];
        CheckTable((PageEntry*)table.Root.Pointer, PageLevel.Root, largestLeaf, seen, what);
        Assert.True(table.Tables == seen.Count, what);
        Assert.True(pool->UsedBy(owner) == seen.Count, what);
    }

    private static int CheckTable(PageEntry* table, int level, int largestLeaf, HashSet<ulong> seen, string what)
    {
        Assert.True(seen.Add((ulong)table), what);
        int present = 0;
        for (int i = 0; i < 512; i++)
        {
            PageEntry entry = table[i];
            if (!entry.IsPresent)
            {
                Assert.True(entry.Raw == 0, what);
                continue;
            }

            present++;
            if (entry.IsLeaf(level))
            {
                ulong address = entry.Raw & 0x000F_FFFF_FFFF_E000 & ~((1UL << (3 + (9 * level))) - 1);
                Assert.True(level <= largestLeaf, what);
                Assert.True((entry.Raw & 0x000F_FFFF_FFFF_E000) == address || level == 1, what);
                continue;
            }

            int below = CheckTable((PageEntry*)entry.Table.Pointer, level - 1, largestLeaf, seen, what);
            Assert.True(below != 0, what);
        }

        return present;
    }
}
