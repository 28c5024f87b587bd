// What is packed comes back, whatever it is; what is damaged is refused and writes nothing out of bounds.

extern alias guests;

using System;
using guests::MinusOne.Efi.Stubs.Packing;
using MinusOne.Efi.Packing;
using Xunit;

namespace MinusOne.Tests.Unit.Guests;

public sealed class PackerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(70_000)]
    public void ComesBack(int length)
    {
        var random = new Random(length);
        for (int values = 1; values <= 256; values *= 4)
        {
            byte[] data = new byte[length];
            for (int i = 0; i < length; i++)
            {
                data[i] = (byte)random.Next(values);
            }

            byte[] packed = Packer.Pack(data);
            byte[] back = new byte[length];
            Assert.True(TryUnpack(packed, back));
            Assert.Equal(data, back);
            Assert.True(values > 1 || length < 70_000 || packed.Length < length / 20, $"{packed.Length} bytes packed");
        }
    }

    [Fact]
    public void RefusesDamage()
    {
        var random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 5_000; round++)
        {
            byte[] packed = new byte[random.Next(200)];
            random.NextBytes(packed);
            refused += TryUnpack(packed, new byte[random.Next(1, 2_000)]) ? 0 : 1;
        }

        Assert.True(refused > 1_000);
    }

    private static bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> data) =>
        Unpacker.TryUnpack(packed, data, new ushort[PackedFormat.Contexts]);
}
