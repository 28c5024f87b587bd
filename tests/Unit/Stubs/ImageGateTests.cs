// The gate for the linked image, with an image made here: good as it is, refused for each single byte that matters.

extern alias stubs;

using System;
using System.Buffers.Binary;
using System.Text;
using stubs::MinusOne.Efi.Stubs;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed class ImageGateTests
{
    private const int Header = 0x80;
    private const int Optional = Header + 24;
    private const int OptionalSize = 240;
    private const int Sections = Optional + OptionalSize;

    [Fact]
    public void GoodImageIsAccepted() => Assert.Empty(ImageGate.Inspect(Image()));

    [Theory]
    [InlineData(Header + 4, 0x14C, "the image is not for x86-64")]
    [InlineData(Optional, 0x10B, "the image is not PE32+")]
    [InlineData(Optional + 68, 11, "the image is not an EFI application")]
    [InlineData(Optional + 32, 0x20, "the image has sections that do not begin at pages")]
    [InlineData(Optional + 36, 0x20, "the image has sections that do not begin at blocks of the file")]
    [InlineData(Header + 22, 0x23, "the image cannot be relocated")]
    [InlineData(Optional + 112 + 40, 0, "the image cannot be relocated")]
    [InlineData(Sections + 38, 0xE000, "section .text of the image is writable and executable")]
    [InlineData(Sections + 78, 0xE000, "section .data of the image is writable and executable")]
    [InlineData(Header + 6, 3, "the image ends in its section table")]
    [InlineData(Header, 0x454E, "the image is no PE file")]
    [InlineData(0, 0, "the image is no PE file")]
    [InlineData(0x3C, 0xFFF0, "the image is no PE file")]
    [InlineData(0x3E, 0xFFFF, "the image is no PE file")]
    public void OneOffenceIsOneComplaint(int offset, int value, string complaint)
    {
        byte[] image = Image();
        Word(image, offset, value);
        Assert.Equal([complaint], ImageGate.Inspect(image));
    }

    [Fact]
    public void FragmentIsRefused()
    {
        byte[] image = Image();
        for (int length = 0; length < Sections; length++)
        {
            Assert.NotEmpty(ImageGate.Inspect(image[..length]));
        }
    }

    // Headers with two sections, .text to be executed and .data to be written.
    private static byte[] Image()
    {
        byte[] image = new byte[Sections + 80];
        "MZ"u8.CopyTo(image);
        Word(image, 0x3C, Header);
        "PE"u8.CopyTo(image.AsSpan(Header));
        Word(image, Header + 4, 0x8664);
        Word(image, Header + 6, 2);
        Word(image, Header + 20, OptionalSize);
        Word(image, Header + 22, 0x22);
        Word(image, Optional, 0x20B);
        Word(image, Optional + 32, 0x1000);
        Word(image, Optional + 36, 0x200);
        Word(image, Optional + 68, 10);
        Word(image, Optional + 112 + 40, 0x3000);
        Encoding.ASCII.GetBytes(".text").CopyTo(image, Sections);
        Word(image, Sections + 38, 0x6000);
        Encoding.ASCII.GetBytes(".data").CopyTo(image, Sections + 40);
        Word(image, Sections + 78, 0xC000);
        return image;
    }

    private static void Word(byte[] image, int offset, int value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), (ushort)value);
}
