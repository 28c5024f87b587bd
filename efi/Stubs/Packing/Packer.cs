// Packs constant data so that the image stays small: half of it is zero, and texts and instructions repeat. Finds the
// cheapest way to tell the data as literals and copies by dynamic programming; what a step costs is taken from the
// probabilities of the try before. The format is PackedFormat's.

using System;
using System.Collections.Generic;
using MinusOne.Efi.Packing;

namespace MinusOne.Efi.Stubs.Packing;

internal sealed class Packer
{
    private const int Tries = 4;
    private const int MostCandidates = 512;

    // A copy this long is taken without asking for a better one.
    private const int LongCopy = 256;

    private readonly byte[] _data;
    private readonly PackPrices _prices = new();
    private readonly Dictionary<int, List<int>> _places = [];

    private Packer(ReadOnlySpan<byte> data) => _data = data.ToArray();

    public static byte[] Pack(ReadOnlySpan<byte> data)
    {
        var packer = new Packer(data);
        byte[] best = [];
        for (int i = 0; i < Tries; i++)
        {
            byte[] packed = packer.Encode(packer.CheapestSteps());
            best = i == 0 || packed.Length < best.Length ? packed : best;
        }

        return best;
    }

    private byte[] Encode(List<PackStep> steps)
    {
        var encoder = new RangeEncoder();
        int position = 0;
        int history = 0;
        int distance = 0;
        foreach (PackStep step in steps)
        {
            bool copies = step.Distance != 0;
            encoder.Bit(PackedFormat.Copy + history, copies ? 1 : 0);
            if (copies)
            {
                bool again = step.Distance == distance;
                encoder.Bit(PackedFormat.Again + (history & 1), again ? 1 : 0);
                if (!again)
                {
                    encoder.Number(PackedFormat.Distance, (uint)step.Distance);
                }

                encoder.Number(PackedFormat.Lengths(again), (uint)(step.Length + 1 - PackedFormat.ShortestCopy));
                distance = step.Distance;
            }
            else
            {
                EncodeLiteral(encoder, position);
            }

            position += step.Length;
            history = ((history << 1) | (copies ? 1 : 0)) & 15;
        }

        _prices.Learn(encoder.Probabilities);
        return encoder.Finish();
    }

    private void EncodeLiteral(RangeEncoder encoder, int position)
    {
        int context = PackedFormat.LiteralTree(Before(position));
        for (int i = 7, node = 1; i >= 0; i--)
        {
            int bit = (_data[position] >> i) & 1;
            encoder.Bit(context + node, bit);
            node = (node << 1) | bit;
        }
    }

    // From every position the cheapest way found so far goes on by a literal, by the last distance, and by each longer
    // copy.
    private List<PackStep> CheapestSteps()
    {
        var nodes = new PackNode[_data.Length + 1];
        Array.Fill(nodes, new PackNode { Price = int.MaxValue });
        nodes[0].Price = 0;
        _places.Clear();
        for (int at = 0; at < _data.Length; at++)
        {
            PackNode from = nodes[at];
            Offer(nodes, at, new PackStep(1, 0), from.Price + _prices.Literal(from.History, _data[at], Before(at)));
            if (from.Distance != 0)
            {
                OfferCopies(nodes, at, from.Distance, PackedFormat.ShortestCopy, LengthAt(at, from.Distance));
            }

            int longest = PackedFormat.ShortestCopy - 1;
            foreach (int distance in Candidates(at))
            {
                int length = LengthAt(at, distance);
                if (length > longest)
                {
                    OfferCopies(nodes, at, distance, longest + 1, length);
                    longest = length;
                }

                if (length >= LongCopy)
                {
                    break;
                }
            }
        }

        return WayBack(nodes);
    }

    private void OfferCopies(PackNode[] nodes, int at, int distance, int shortest, int longest)
    {
        PackNode from = nodes[at];
        int price = from.Price + _prices.Copy(from.History, distance, distance == from.Distance);
        for (int length = longest > LongCopy ? longest : shortest; length <= longest; length++)
        {
            Offer(nodes, at, new PackStep(length, distance), price + _prices.Length(length, distance == from.Distance));
        }
    }

    private static void Offer(PackNode[] nodes, int at, PackStep step, int price)
    {
        ref PackNode to = ref nodes[at + step.Length];
        if (price < to.Price)
        {
            bool copies = step.Distance != 0;
            to.Price = price;
            to.Step = step;
            to.Distance = copies ? step.Distance : nodes[at].Distance;
            to.History = ((nodes[at].History << 1) | (copies ? 1 : 0)) & 15;
        }
    }

    private static List<PackStep> WayBack(PackNode[] nodes)
    {
        var steps = new List<PackStep>();
        for (int at = nodes.Length - 1; at > 0; at -= nodes[at].Step.Length)
        {
            steps.Add(nodes[at].Step);
        }

        steps.Reverse();
        return steps;
    }

    // How far back the two bytes here have stood before, the nearest first.
    private IEnumerable<int> Candidates(int at)
    {
        if (at + 1 >= _data.Length)
        {
            yield break;
        }

        int key = _data[at] | (_data[at + 1] << 8);
        if (!_places.TryGetValue(key, out List<int>? places))
        {
            _places[key] = places = [];
        }

        int oldest = Math.Max(0, places.Count - MostCandidates);
        for (int i = places.Count - 1; i >= oldest && at - places[i] <= PackedFormat.LargestNumber; i--)
        {
            yield return at - places[i];
        }

        places.Add(at);
    }

    private byte Before(int position) => position == 0 ? (byte)0 : _data[position - 1];

    private int LengthAt(int at, int distance)
    {
        int length = _data.AsSpan(at).CommonPrefixLength(_data.AsSpan(at - distance));
        return Math.Min(length, PackedFormat.LargestNumber);
    }
}
