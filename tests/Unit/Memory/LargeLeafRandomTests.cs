// Guest memory with large leaves by property: guests that touch memory at random, densely here and sparsely there, over
// holes and with too small a quota, on a processor that remembers every translation until it is told to forget. A naive
// oracle knows what each page holds.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class LargeLeafRandomTests
{
    private const int Pieces = 3, PagesOfLeaf = 512, Pages = Pieces * PagesOfLeaf, MostFaults = 16 + 4;

    // The oracle's view of one guest.
    private sealed class Oracle
    {
        // The last value written to a page, if it is not clear.
        public ulong[] Contents { get; } = new ulong[Pages];

        public bool[] IsProtected { get; } = new bool[Pages];

        // Not all identity, or once split: small for good.
        public bool[] IsSmall { get; } = new bool[Pieces];

        public int[] Faults { get; } = new int[Pieces];

        public bool IsQuotaSmall { get; set; }

        public bool HasLargeCode { get; set; }
    }

    [Fact]
    public void RandomTouches()
    {
        for (int seed = 0; seed < 24; seed++)
        {
            Random random = new(seed);
            using LargeFixture fixture = new(Pieces);
            Oracle oracle = new();
            GuestMemory memory = Create(fixture, oracle, random);
            EptUser user = new(fixture.Frames.Arena);
            for (int step = 0; step < 900; step++)
            {
                Step(fixture, ref memory, user, oracle, random, $"seed {seed} step {step}");
            }

            CheckAll(fixture, ref memory, oracle, $"seed {seed}");
            Assert.True(memory.Release());
            Assert.Equal(LargeFixture.PoolFrames, fixture.Frames.Arena.Available);
            Assert.Equal(0UL, fixture.Frames.Physical->Total(PhysicalKind.Lent));
        }
    }

    private static GuestMemory Create(LargeFixture fixture, Oracle oracle, Random random)
    {
        if (random.Next(2) == 0)
        {
            int page = random.Next(Pages);
            Hpa hole = new(Address(fixture, page).Value);
            Assert.True(fixture.Frames.Physical->TrySet(hole, hole + 0x1000, PhysicalKind.Reserved));
            oracle.IsSmall[page / PagesOfLeaf] = true;
        }

        oracle.IsQuotaSmall = random.Next(3) == 0;
        ulong quota = oracle.IsQuotaSmall ? (ulong)random.Next(Pages) : Pages;
        oracle.HasLargeCode = random.Next(2) == 0;
        GuestMemory memory = fixture.Frames.Create(quota, PageLevel.Page1G, oracle.HasLargeCode);
        ulong bytes = (ulong)Pages << 12;
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Piece(0), bytes));
        return memory;
    }

    private static void Step(
        LargeFixture fixture, ref GuestMemory memory, EptUser user, Oracle oracle, Random random, string what)
    {
        // Most touches are in one piece and near one another; few are anywhere.
        int piece = random.Next(Pieces);
        int page = (piece * PagesOfLeaf) + (random.Next(4) == 0 ? random.Next(PagesOfLeaf) : random.Next(40));
        switch (random.Next(40))
        {
            case 0:
                memory.PrepareAhead();
                break;
            case 1 when memory.Table.Translate(Address(fixture, page).Value).IsMapped:
                bool isProtected = random.Next(2) == 0;
                oracle.IsSmall[piece] |= memory.Table.Translate(Address(fixture, page).Value).Level != PageLevel.Page4K;
                PageRights rights = isProtected ? PageRights.Read : PageRights.All;
                Assert.Equal(TableStatus.Done, memory.Table.Protect(Address(fixture, page).Value, 0x1000, rights));
                oracle.IsProtected[page] = isProtected;
                break;
            case 2:
                CheckAll(fixture, ref memory, oracle, what);
                break;
            default:
                Touch(fixture, ref memory, user, oracle, random, page, what);
                break;
        }
    }

    // The guest's access, as the processor and the run loop treat it.
    private static void Touch(
        LargeFixture fixture, ref GuestMemory memory, EptUser user, Oracle oracle, Random random, int page, string what)
    {
        Gpa address = Address(fixture, page) + (ulong)random.Next(4096);
        bool writes = random.Next(2) == 0;
        Access access = writes ? Access.Write : random.Next(20) == 0 ? Access.Execute : Access.Read;
        Assert.Equal(VmxResult.Succeed, user.Refresh(ref memory.Table));
        user.Verify(ref memory.Table);
        if (!user.Access(ref memory.Table, address, access, out EptMapping mapping))
        {
            ulong before = GuestMemoryUse.Of(ref memory).Pages;
            bool isMapped = memory.Table.Translate(address.Value).IsMapped;
            bool isShort = random.Next(2) == 0 && memory.TryMapPage(address, (PageRights)access);
            Resolution result = isShort ? Resolution.Mapped : memory.Resolve(address, (PageRights)access);
            if (result != Resolution.Mapped)
            {
                bool isRefused = (result == Resolution.Protected && oracle.IsProtected[page] && access != Access.Read)
                    || (result == Resolution.QuotaExhausted && oracle.IsQuotaSmall);
                Assert.True(isRefused, $"{what}: {result}");
                return;
            }

            ulong more = GuestMemoryUse.Of(ref memory).Pages - before;
            bool isCode = isMapped && access == Access.Execute && !oracle.HasLargeCode;
            oracle.Faults[page / PagesOfLeaf] += isCode ? 0 : 1;
            oracle.IsSmall[page / PagesOfLeaf] |= isCode;
            Assert.True(isCode ? more == 0 : more > 0 && (!isShort || more == 1), what);
            Assert.Equal(VmxResult.Succeed, user.Refresh(ref memory.Table));
            Assert.True(user.Access(ref memory.Table, address, access, out mapping), what);
        }

        ulong* word = (ulong*)(mapping.Translate(address.Value) & ~0xFFFUL);
        Assert.True(*word == oracle.Contents[page] && word[511] == 0, $"{what}: page {page}");
        if (writes)
        {
            *word = oracle.Contents[page] = (ulong)random.NextInt64(1, long.MaxValue);
        }
    }

    private static void CheckAll(LargeFixture fixture, ref GuestMemory memory, Oracle oracle, string what)
    {
        fixture.Check(ref memory, what);
        ulong mapped = 0;
        for (int page = 0; page < Pages; page++)
        {
            Translation translation = memory.Table.Translate(Address(fixture, page).Value);
            mapped += translation.IsMapped ? 1UL : 0;
            bool isSmall = oracle.IsSmall[page / PagesOfLeaf] || oracle.IsProtected[page];
            Assert.True(translation.Level <= PageLevel.Page4K || !isSmall, $"{what}: page {page}");
            Assert.True(translation.IsMapped || oracle.Contents[page] == 0, what);
            Assert.True(
                !translation.IsMapped || *(ulong*)translation.Address.Pointer == oracle.Contents[page],
                $"{what}: page {page}");
        }

        GuestMemoryUse use = GuestMemoryUse.Of(ref memory);
        Assert.True(use.Pages == mapped, what);
        Assert.True(use.Leaves4K + (PagesOfLeaf * use.Leaves2M) == mapped, what);
        for (int piece = 0; piece < Pieces && !oracle.IsQuotaSmall; piece++)
        {
            Assert.True(oracle.IsSmall[piece] || oracle.Faults[piece] <= MostFaults, what);
        }
    }

    private static Gpa Address(LargeFixture fixture, int page) => fixture.Piece(0) + ((ulong)page << 12);
}
