// There and back is the same for any data; two calls of the same function look alike in between.

using System;
using MinusOne.Efi.Packing;
using Xunit;

namespace MinusOne.Tests.Unit.Guests;

public sealed unsafe class RelativeAddressesTests
{
    // What looks like code, often, with distances near every border.
    [Fact]
    public void ComesBack()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            byte[] data = new byte[random.Next(200)];
            for (int i = 0; i < data.Length; i++)
            {
                data[i] = random.Next(4) switch
                {
                    0 => 0xE8,
                    1 => (byte)random.Next(256),
                    2 => (byte)(random.Next(2) * 255),
                    _ => random.Next(2) == 0 ? (byte)0x8B : (byte)0x0D,
                };
            }

            byte[] turned = (byte[])data.Clone();
            fixed (byte* start = turned)
            {
                RelativeAddresses.ToPlaces(start, turned.Length);
                RelativeAddresses.ToDistances(start, turned.Length);
            }

            Assert.True(data.AsSpan().SequenceEqual(turned), $"seed {seed}");
        }
    }

    [Fact]
    public void CallsOfOneFunctionLookAlike()
    {
        // call 20; call 20; lea rcx, [rip + ...] of 20
        byte[] data =
        [
            0xE8, 15, 0, 0, 0, 0xE8, 10, 0, 0, 0, 0x48, 0x8D, 0x0D, 3, 0, 0, 0, 0x90, 0x90, 0x90, 0xC3, 0, 0, 0, 0, 0,
        ];
        fixed (byte* start = data)
        {
            RelativeAddresses.ToPlaces(start, data.Length);
        }

        Assert.Equal((20, 20, 20), (data[1], data[6], data[13]));
    }
}
