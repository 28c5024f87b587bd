// A multiboot kernel is given its section headers, and the sections that its segments leave behind (symbols, strings,
// debugging information), each with the address where it is now. Multiboot specification 3.3 Boot information format,
// syms.

using System;
using MinusOne.Hv.Memory;

namespace MinusOne.Hv.Loading;

internal static unsafe class ElfSections
{
    private const ulong Alignment = 16;

    // From `start` on, up to `end`. Without a memory nothing is written: that is how room is found.
    public static LoadStatus Place(in ElfFile elf, GuestMemory* memory, Gpa start, ulong limit, out Gpa end)
    {
        end = start;
        ReadOnlySpan<byte> table = elf.SectionTable;
        LoadStatus status = Put(memory, table, limit, ref end);
        for (int i = 0; status == LoadStatus.Ready && i < elf.SectionCount; i++)
        {
            if (!elf.TryReadSection(i, out ReadOnlySpan<byte> content))
            {
                return LoadStatus.Truncated;
            }

            if (!content.IsEmpty)
            {
                Gpa at = end;
                status = Put(memory, content, limit, ref end);
                if (status == LoadStatus.Ready && memory != null)
                {
                    status = Tell(elf, memory, start + (ulong)(i * elf.SectionBytes), at);
                }
            }
        }

        return status;
    }

    private static LoadStatus Put(GuestMemory* memory, ReadOnlySpan<byte> content, ulong limit, ref Gpa at)
    {
        if (at.Value > limit || (ulong)content.Length > limit - at.Value)
        {
            return LoadStatus.NoRoomBehind;
        }

        if (memory != null && memory->Load(at, content) != Resolution.Mapped)
        {
            return LoadStatus.NoFrames;
        }

        at = new Gpa((at.Value + (ulong)content.Length + Alignment - 1) & ~(Alignment - 1));
        return LoadStatus.Ready;
    }

    private static LoadStatus Tell(in ElfFile elf, GuestMemory* memory, Gpa row, Gpa address)
    {
        ulong field = address.Value;
        var bytes = new ReadOnlySpan<byte>(&field, elf.AddressBytes);
        return memory->Load(row + (ulong)elf.SectionAddressOffset, bytes) == Resolution.Mapped
            ? LoadStatus.Ready
            : LoadStatus.NoFrames;
    }
}
