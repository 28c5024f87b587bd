// Puts an image together from parts, each assembled for one width of code: 16 bits for real mode, then 32, then 64. A
// part may name places of another (a far jump into the next mode); such addresses are filled in when all parts have
// been assembled.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Iced.Intel;

namespace MinusOne.Guests.Kit;

internal sealed class ImageBuilder(ulong loadAddress)
{
    private readonly List<GuestCode> _parts = [];

    // At this address if there is one, with zeros before it; otherwise right behind the part before.
    public GuestCode AddPart(int bits, ulong address = 0)
    {
        var part = new GuestCode(bits) { Address = address };
        _parts.Add(part);
        return part;
    }

    public GuestImage Build(StartMode mode)
    {
        var stream = new MemoryStream();
        var results = new Dictionary<GuestCode, AssemblerResult>();
        foreach (GuestCode part in _parts)
        {
            part.Finish();
            ulong address = Math.Max(loadAddress + (ulong)stream.Length, part.Address);
            stream.SetLength((long)(address - loadAddress));
            stream.Position = stream.Length;
            results.Add(part, part.Code.Assemble(
                new StreamCodeWriter(stream), address, BlockEncoderOptions.ReturnNewInstructionOffsets));
        }

        ulong AddressOf(Place place) => results[place.Owner].GetLabelRIP(place.Label);
        byte[] bytes = stream.ToArray();
        foreach (GuestCode part in _parts)
        {
            foreach ((Place at, Place target) in part.Addresses)
            {
                var hole = bytes.AsSpan((int)(AddressOf(at) - loadAddress));
                BinaryPrimitives.WriteUInt32LittleEndian(hole, (uint)AddressOf(target));
            }
        }

        return new GuestImage(mode, loadAddress, bytes)
        {
            ConsoleCharacters = (uint)_parts.Sum(part => part.ConsoleCharacters),
        };
    }
}
