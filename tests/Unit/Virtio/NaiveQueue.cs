// A virtqueue in the plainest words: lists and sets over a copy of the guest's memory, in which what is not there is
// null.

using System;
using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Tests.Unit.Virtio;

internal sealed class NaiveQueue(
    Func<ulong, int, byte[]> read, ulong descriptors, ulong available, ushort size, ushort taken)
{
    public sealed record Buffer(ulong Address, uint Length, bool IsWritten);

    // Null: broken; empty: nothing there.
    public IReadOnlyList<Buffer> Take(out ushort head)
    {
        head = 0;
        if (Word(available + 2) is not ushort index || (ushort)(index - taken) > size)
        {
            return null;
        }

        if (index == taken)
        {
            return [];
        }

        if (Word(available + 4 + (2ul * (ulong)(taken % size))) is not ushort first || first >= size)
        {
            return null;
        }

        head = first;
        var buffers = new List<Buffer>();
        return Follow(descriptors, size, first, isNested: false, buffers) && IsGood(buffers) ? buffers : null;
    }

    private static bool IsGood(List<Buffer> buffers) =>
        buffers.Count <= VirtQueue.MostEntries && buffers.All(buffer => buffer.Length != 0)
        && !buffers.SkipWhile(buffer => !buffer.IsWritten).Any(buffer => !buffer.IsWritten);

    private bool Follow(ulong table, uint entries, uint index, bool isNested, List<Buffer> buffers)
    {
        for (var seen = new HashSet<uint>(); ;)
        {
            if (index >= entries || !seen.Add(index) || read(table + (16 * index), 16) is not byte[] entry)
            {
                return false;
            }

            var buffer = new Buffer(
                BitConverter.ToUInt64(entry), BitConverter.ToUInt32(entry, 8), (entry[12] & 2) != 0);
            bool continues = (entry[12] & 1) != 0;
            if ((entry[12] & 4) != 0)
            {
                return !isNested && !continues && buffer.Length % 16 == 0
                    && Follow(buffer.Address, buffer.Length / 16, 0, isNested: true, buffers);
            }

            buffers.Add(buffer);
            if (!continues)
            {
                return true;
            }

            index = BitConverter.ToUInt16(entry, 14);
        }
    }

    private ushort? Word(ulong at) => read(at, 2) is byte[] bytes ? BitConverter.ToUInt16(bytes) : null;
}
