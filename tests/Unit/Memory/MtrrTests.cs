// MTRRs of machines as firmware sets them up, and random ones, against the naive answer page by page.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed class MtrrTests
{
    private const ulong Mega = 0x10_0000, Giga = 0x4000_0000;
    private const MemoryType Uc = MemoryType.Uncacheable, Wc = MemoryType.WriteCombining, Wt = MemoryType.WriteThrough,
        Wp = MemoryType.WriteProtected, Wb = MemoryType.WriteBack;

    private static readonly Dictionary<string, MtrrMachine> s_machines = new()
    {
        // Default write-back, one uncacheable range from the PCI hole up to 4 GiB.
        ["QEMU i440fx with OVMF"] = new()
        {
            Width = 40,
            DefaultType = 6,
            Fixed = MtrrMachine.LegacyHole(Uc),
            Ranges = [(0xC000_0000, Giga, Uc)],
        },
        ["QEMU q35 with OVMF, 64-bit hole"] = new()
        {
            Width = 46,
            DefaultType = 6,
            Fixed = MtrrMachine.LegacyHole(Uc),
            Ranges = [(0x8000_0000, 2 * Giga, Uc), (0x80_0000_0000, 0x80_0000_0000, Uc)],
        },
        ["QEMU with SeaBIOS"] = new()
        {
            Width = 40,
            DefaultType = 6,
            Fixed = MtrrMachine.LegacyHole(Wp),
            Ranges = [(0xC000_0000, Giga, Uc)],
        },
        ["Bochs with OVMF, 512 MiB"] = new()
        {
            Width = 40,
            DefaultType = 0,
            Fixed = MtrrMachine.LegacyHole(Uc),
            Ranges = [(0, 512 * Mega, Wb)],
        },

        // Default uncacheable: memory is listed, and stolen memory cut out of it again.
        ["laptop, 8 GiB, hole below 4 GiB"] = new()
        {
            Width = 39,
            DefaultType = 0,
            Fixed = MtrrMachine.LegacyHole(Wp),
            Ranges =
            [
                (0, 4 * Giga, Wb), (4 * Giga, 4 * Giga, Wb), (8 * Giga, Giga / 2, Wb), (0xC000_0000, Giga, Uc),
                (0xBC00_0000, 64 * Mega, Uc), (0xBB80_0000, 8 * Mega, Uc), (0x2_1C00_0000, 64 * Mega, Uc),
            ],
        },
        ["laptop with a write-combining frame buffer"] = new()
        {
            Width = 39,
            DefaultType = 6,
            Fixed = MtrrMachine.LegacyHole(Wp, 0xD0),
            Ranges = [(0x8000_0000, 2 * Giga, Uc), (0x60_0000_0000, 256 * Mega, Wc), (0x7F80_0000, 8 * Mega, Uc)],
        },
        ["old desktop, 36 bits, write-combining aperture in uncacheable default"] = new()
        {
            Width = 36,
            DefaultType = 0,
            Fixed = MtrrMachine.LegacyHole(Wp, 0xE0),
            Ranges = [(0, 2 * Giga, Wb), (2 * Giga, Giga, Wb), (0xBFF0_0000, Mega, Uc), (0xD000_0000, 256 * Mega, Wc)],
        },
        ["server, write-through over write-back, undefined overlaps"] = new()
        {
            Width = 46,
            DefaultType = 6,
            Fixed = MtrrMachine.LegacyHole(Wp, 0xF0),
            Ranges =
            [
                (0, 2 * Giga, Wb), (0x4000_0000, 2 * Mega, Wt), (0x4010_0000, Mega, Wt), (0x5000_0000, 16 * Mega, Wc),
                (0x5080_0000, 8 * Mega, Uc), (0x6000_0000, 16 * Mega, Wp), (0x6000_0000, 4 * Mega, Wp),
                (0xFE00_0000, 32 * Mega, Uc),
            ],
        },
        ["no fixed ranges"] = new() { DefaultType = 0, Ranges = [(0, Giga, Wb), (0xA_0000, 0x2_0000, Uc)] },
        ["switched off"] = new() { Enabled = false, DefaultType = 6, Ranges = [(0, Giga, Wb)] },
        ["masks that are no sizes"] = new()
        {
            Width = 36,
            DefaultType = 6,
            RawRanges =
            [
                (0x0000_0000, 0xF_8010_0800), (0x4000_0006, 0xF_F000_1800), (0x8000_0003, 0xF_FFFF_F800),
                (0x9000_0000, 0),
            ],
        },
        ["mask narrower than the addresses"] = new()
        {
            Width = 39,
            DefaultType = 6,
            RawRanges = [(0xC000_0000, 0xF_C000_0800)],
        },
    };

    public static IEnumerable<object[]> Names => s_machines.Keys.Select(name => new object[] { name });

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryPageNearABorder(string name)
    {
        MtrrMachine machine = s_machines[name];
        Mtrr mtrr = machine.Build();
        foreach (ulong page in PagesNearBorders(machine))
        {
            Assert.True(machine.Naive(page) == mtrr.TypeAt(new(page + 0x987)), $"{page:X}");
        }
    }

    // Every 2 MiB block of the first 5 GiB, and 1 GiB blocks beyond: uniform exactly if all its pages are.
    [Theory]
    [MemberData(nameof(Names))]
    public void UniformBlocks(string name)
    {
        MtrrMachine machine = s_machines[name];
        Mtrr mtrr = machine.Build();
        List<ulong> borders = PagesNearBorders(machine);
        for (ulong giga = 0; giga < 12 * Giga; giga += Giga)
        {
            bool uniform1G = IsUniform(machine, borders, giga, Giga);
            for (ulong block = giga; block < giga + Giga; block += 2 * Mega)
            {
                bool uniform2M = uniform1G || IsUniform(machine, borders, block, 2 * Mega);
                Hpa end = new(block + (2 * Mega));
                Assert.True(mtrr.UniformEnd(new(block), end, out _) == end == uniform2M, $"{block:X}");
            }

            Assert.True(mtrr.UniformEnd(new(giga), new(giga + Giga), out _).Value == giga + Giga == uniform1G);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RunsCoverAllAddresses(string name)
    {
        MtrrMachine machine = s_machines[name];
        Mtrr mtrr = machine.Build();
        List<ulong> pages = PagesNearBorders(machine);
        Hpa limit = new(name.StartsWith("masks") ? 0x1000_0000 : 1UL << machine.Width);
        MemoryType? before = null;
        int next = 0;
        for (Hpa start = default; start < limit;)
        {
            Hpa end = mtrr.UniformEnd(start, limit, out MemoryType type);
            Assert.True(end > start && type != before);
            Assert.True(mtrr.UniformEnd(start, end, out MemoryType same) == end && same == type);
            Assert.True(end == limit || mtrr.UniformEnd(start, end + 0x1000, out _) == end);
            for (; next < pages.Count && pages[next] < end.Value; next++)
            {
                Assert.True(machine.Naive(pages[next]) == type, $"{pages[next]:X}");
            }

            before = type;
            start = end;
        }
    }

    [Fact]
    public void RandomRanges()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            MtrrMachine machine = MtrrMachine.Any(random);
            Mtrr mtrr = machine.Build();
            for (ulong page = 0; page < 0x100_0000; page += 0x1000)
            {
                if (machine.Naive(page) != mtrr.TypeAt(new(page)))
                {
                    Assert.Fail($"seed {seed} {page:X}");
                }
            }

            for (int i = 0; i < 50; i++)
            {
                ulong start = (ulong)random.Next(0x1000) << 12;
                ulong end = start + ((ulong)random.Next(1, 0x200) << 12);
                ulong last = start + 0x1000;
                while (last < end && machine.Naive(last) == machine.Naive(start))
                {
                    last += 0x1000;
                }

                Hpa found = mtrr.UniformEnd(new(start), new(end), out MemoryType type);
                Assert.True(found.Value == last && type == machine.Naive(start), $"seed {seed} {start:X} {end:X}");
            }
        }
    }

    [Fact]
    public void ReadsOnlyRegistersThatExist()
    {
        SoftProcessor processor = new();
        Cpu.Soft = processor;
        Assert.Equal(Wb, Mtrr.Read(36).TypeAt(default));
        processor.CpuidLeaves[(1, 0)] = new CpuidResult { Edx = 1 << 12 };
        processor.Msrs[0xFE] = 2;
        processor.Msrs[0x2FF] = 0xC06;
        processor.Msrs[0x200] = 0xC000_0000;
        processor.Msrs[0x201] = 0xF_C000_0800;
        processor.Msrs[0x202] = 0;
        processor.Msrs[0x203] = 0;
        Mtrr mtrr = Mtrr.Read(36);
        Assert.Equal(Wb, mtrr.TypeAt(new(0xA_0000)));
        Assert.Equal(Uc, mtrr.TypeAt(new(0xC000_0000)));
        MemoryType[] types = [Uc, Wc, Wt, Wp, Wb];
        MtrrMachine machine = new()
        {
            DefaultType = 6,
            Fixed = [.. Enumerable.Range(0, 256).Select(page => types[
                (page < 0x80 ? page / 16 : page < 0xC0 ? page / 4 : page) * 7 % 5])],
            Ranges = [(Giga, Giga, Wt), (Giga, Mega, Uc), (4 * Giga, Giga, Wc), (5 * Giga, Giga, Wp), (0, Mega, Wb)],
        };
        mtrr = machine.Build();
        Assert.All(PagesNearBorders(machine), page => Assert.Equal(machine.Naive(page), mtrr.TypeAt(new(page))));
    }

    // The pages below 1 MiB, the pages on both sides of every border, and a coarse net over the rest.
    private static List<ulong> PagesNearBorders(MtrrMachine machine)
    {
        SortedSet<ulong> pages = [.. Enumerable.Range(0, 512).Select(page => (ulong)page << 12)];
        foreach ((ulong start, ulong size, MemoryType _) in machine.Ranges)
        {
            pages.UnionWith([start - 0x1000, start, start + 0x1000, start + size - 0x1000, start + size]);
        }

        bool raw = machine.RawRanges.Count > 0;
        for (ulong page = 0; page < 5 * Giga; page += raw ? Mega : 128 * Mega)
        {
            pages.UnionWith(raw ? [page, page + 0x1000, page + 0x2000, page - 0x1000] : [page]);
        }

        pages.RemoveWhere(page => page >= 1UL << machine.Width);
        return [.. pages];
    }

    private static bool IsUniform(MtrrMachine machine, List<ulong> borders, ulong start, ulong size)
    {
        MemoryType type = machine.Naive(start);
        int index = borders.BinarySearch(start);
        for (index = index < 0 ? ~index : index; index < borders.Count && borders[index] < start + size; index++)
        {
            if (machine.Naive(borders[index]) != type)
            {
                return false;
            }
        }

        return true;
    }
}
