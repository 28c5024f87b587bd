// A machine's MTRRs as one writes them down: ranges with sizes. From it come both the raw register values and,
// independently, the naive answer for one page.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Memory;

internal sealed class MtrrMachine
{
    public int Width { get; init; } = 39;

    public ulong DefaultType { get; init; }

    public bool Enabled { get; init; } = true;

    public List<(ulong Start, ulong Size, MemoryType Type)> Ranges { get; init; } = [];

    // Base and mask as they are, for masks that are no sizes.
    public List<(ulong Base, ulong Mask)> RawRanges { get; init; } = [];

    // Type of every 4 KiB page below 1 MiB; null: fixed ranges are off.
    public MemoryType[] Fixed { get; init; }

    // The usual fixed ranges: memory up to 640 KiB, the video hole, and ROM of this type above.
    public static MemoryType[] LegacyHole(MemoryType rom, int romStart = 0xC0)
    {
        MemoryType[] pages = new MemoryType[256];
        Array.Fill(pages, MemoryType.WriteBack, 0, 0xA0);
        Array.Fill(pages, MemoryType.WriteBack, 0xC0, romStart - 0xC0);
        Array.Fill(pages, rom, romStart, 256 - romStart);
        return pages;
    }

    public static MtrrMachine Any(Random random)
    {
        MemoryType[] types = [
            MemoryType.Uncacheable, MemoryType.WriteCombining, MemoryType.WriteThrough, MemoryType.WriteProtected,
            MemoryType.WriteBack,
        ];
        MtrrMachine machine = new()
        {
            Width = 36,
            DefaultType = (ulong)types[random.Next(5)],
            Fixed = random.Next(2) == 0 ? null : [.. Enumerable.Range(0, 256).Select(page => types[
                (page < 0x80 ? page / 16 : page < 0xC0 ? page / 4 : page) * 7 % 5])],
        };
        for (int i = random.Next(1, 9); i > 0; i--)
        {
            int order = random.Next(12, 23);
            ulong size = 1UL << order;
            machine.Ranges.Add(((ulong)random.Next(1 << (23 - order)) << order, size, types[random.Next(5)]));
        }

        if (random.Next(3) == 0)
        {
            ulong mask = ((ulong)random.NextInt64(1L << 36) & ~0x7FFUL) | 0x800;
            machine.RawRanges.Add(((ulong)random.NextInt64(0x80_0000), mask));
        }

        return machine;
    }

    public ulong DefaultTypeRegister => DefaultType | (Enabled ? 0x800UL : 0) | (Fixed != null ? 0x400UL : 0);

    public IEnumerable<(ulong Base, ulong Mask)> VariableRegisters()
    {
        ulong widthMask = (1UL << Width) - 1;
        foreach ((ulong start, ulong size, MemoryType type) in Ranges)
        {
            yield return (start | (ulong)type, (~(size - 1) & widthMask) | 0x800);
        }

        foreach ((ulong start, ulong mask) in RawRanges)
        {
            yield return (start, mask);
        }
    }

    public ulong FixedRegister(int register)
    {
        int firstPage = register == 0 ? 0 : register < 3 ? 0x80 + ((register - 1) * 32) : 0xC0 + ((register - 3) * 8);
        int pagesPerByte = register == 0 ? 16 : register < 3 ? 4 : 1;
        ulong value = 0;
        for (int i = 0; i < 8; i++)
        {
            value |= (ulong)Fixed[firstPage + (i * pagesPerByte)] << (8 * i);
        }

        return value;
    }

    // As the hypervisor reads them from a processor that has them.
    public Mtrr Build()
    {
        SoftProcessor processor = new();
        Cpu.Soft = processor;
        processor.CpuidLeaves[(1, 0)] = new CpuidResult { Edx = 1 << 12 };
        processor.Msrs[0x2FF] = DefaultTypeRegister;
        uint[] registers = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F];
        for (int i = 0; Fixed != null && i < registers.Length; i++)
        {
            processor.Msrs[registers[i]] = FixedRegister(i);
        }

        uint msr = 0x200;
        foreach ((ulong start, ulong mask) in VariableRegisters())
        {
            processor.Msrs[msr++] = start;
            processor.Msrs[msr++] = mask;
        }

        processor.Msrs[0xFE] = ((msr - 0x200) / 2) | (Fixed != null ? 0x100UL : 0);
        return Mtrr.Read(Width);
    }

    public MemoryType Naive(ulong page)
    {
        if (!Enabled)
        {
            return MemoryType.Uncacheable;
        }

        if (Fixed != null && page < 0x10_0000)
        {
            return Fixed[page >> 12];
        }

        HashSet<MemoryType> types = [];
        foreach ((ulong start, ulong size, MemoryType type) in Ranges)
        {
            if (page >= start && page < start + size)
            {
                types.Add(type);
            }
        }

        foreach ((ulong start, ulong mask) in RawRanges)
        {
            ulong compared = mask & ((1UL << Width) - 1) & ~0xFFFUL;
            if ((mask & 0x800) != 0 && (page & compared) == (start & compared))
            {
                types.Add((start & 0xFF) is 1 or 4 or 5 or 6 ? (MemoryType)(start & 0xFF) : MemoryType.Uncacheable);
            }
        }

        if (types.Count == 0)
        {
            return DefaultType is 1 or 4 or 5 or 6 ? (MemoryType)DefaultType : MemoryType.Uncacheable;
        }

        if (types.Count == 1)
        {
            return new List<MemoryType>(types)[0];
        }

        return types.SetEquals([MemoryType.WriteThrough, MemoryType.WriteBack])
            ? MemoryType.WriteThrough : MemoryType.Uncacheable;
    }
}
