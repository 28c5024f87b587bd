// A page as it goes into a file: what occurs in it a second time is told by where it was, as LZ4's blocks do. A token
// has in its upper half how many bytes follow as they are, in its lower one how many more than four are copied from so
// far back as the next two bytes say; 15 is continued by bytes that are added, up to one below 255. The last token
// copies nothing. What is packed comes from a file: unpacking believes none of it.
namespace MinusOne.Hv.Snapshot;

internal static unsafe class PagePacking
{
    private const int PageBytes = SnapshotFormat.PageBytes;
    private const int Least = 4, Many = 15, Full = 255;

    // A page's places by what stands there, of 9 bits.
    private const int Places = 512;
    private const uint Multiplier = 2_654_435_761;
    private const int HashShift = 23;

    // How long it is; 0: no shorter than the page.
    public static int Pack(byte* page, byte* packed)
    {
        ushort* places = stackalloc ushort[Places];
        new Span<ushort>(places, Places).Clear();
        int at = 1, first = 0, length = 0;
        while (at <= PageBytes - Least)
        {
            uint word = *(uint*)(page + at);
            ref ushort place = ref places[(word * Multiplier) >> HashShift];
            int before = place;
            place = (ushort)at;
            if (*(uint*)(page + before) != word)
            {
                at++;
                continue;
            }

            int end = at + Least;
            while (end < PageBytes && page[end] == page[end - at + before])
            {
                end++;
            }

            if (!TryPut(page + first, at - first, end - at, at - before, packed, ref length))
            {
                return 0;
            }

            at = first = end;
        }

        return TryPut(page + first, PageBytes - first, 0, 0, packed, ref length) ? length : 0;
    }

    // Null: it is only looked at. False: it makes no page.
    public static bool TryUnpack(ReadOnlySpan<byte> packed, byte* page)
    {
        int at = 0, length = 0;
        while (at < packed.Length)
        {
            int token = packed[at++];
            if (!TryCount(packed, ref at, token >> 4, out int plain) || plain > packed.Length - at
                || plain > PageBytes - length)
            {
                return false;
            }

            if (page != null)
            {
                packed.Slice(at, plain).CopyTo(new Span<byte>(page + length, plain));
            }

            at += plain;
            length += plain;
            if (at == packed.Length)
            {
                return length == PageBytes && (token & Many) == 0;
            }

            if (!TryRepeat(packed, ref at, token & Many, page, ref length))
            {
                return false;
            }
        }

        return false;
    }

    private static bool TryRepeat(ReadOnlySpan<byte> packed, ref int at, int half, byte* page, ref int length)
    {
        if (packed.Length - at < sizeof(ushort))
        {
            return false;
        }

        int distance = packed[at] | (packed[at + 1] << 8);
        at += sizeof(ushort);
        if (!TryCount(packed, ref at, half, out int more) || distance == 0 || distance > length
            || more + Least > PageBytes - length)
        {
            return false;
        }

        for (int end = length + more + Least; length < end; length++)
        {
            if (page != null)
            {
                page[length] = page[length - distance];
            }
        }

        return true;
    }

    private static bool TryCount(ReadOnlySpan<byte> packed, ref int at, int half, out int count)
    {
        count = half;
        for (int more = half == Many ? Full : 0; more == Full; count += more)
        {
            if (at == packed.Length || count > PageBytes)
            {
                return false;
            }

            more = packed[at++];
        }

        return true;
    }

    // Copied is 0 at the end. False: there is no room for it.
    private static bool TryPut(byte* plain, int bytes, int copied, int distance, byte* packed, ref int length)
    {
        // As long as each count can be at most.
        if (length + bytes + 4 + (2 * (PageBytes / Full)) >= PageBytes)
        {
            return false;
        }

        int more = copied == 0 ? 0 : copied - Least;
        packed[length++] = (byte)((Math.Min(bytes, Many) << 4) | Math.Min(more, Many));
        PutCount(bytes, packed, ref length);
        new ReadOnlySpan<byte>(plain, bytes).CopyTo(new Span<byte>(packed + length, bytes));
        length += bytes;
        if (copied != 0)
        {
            packed[length++] = (byte)distance;
            packed[length++] = (byte)(distance >> 8);
            PutCount(more, packed, ref length);
        }

        return true;
    }

    private static void PutCount(int count, byte* packed, ref int length)
    {
        if (count < Many)
        {
            return;
        }

        for (count -= Many; count >= Full; count -= Full)
        {
            packed[length++] = Full;
        }

        packed[length++] = (byte)count;
    }
}
