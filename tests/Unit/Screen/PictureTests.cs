// Pictures of every kind that firmware may have, and those that it should not.

using System.Linq;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using Xunit;

namespace MinusOne.Tests.Unit.Screen;

public sealed unsafe class PictureTests
{
    private const ulong Start = 0x38_0000_0000;
    private const int AddressBits = 46;
    private const ulong Limit = 1UL << AddressBits;

    // What makes a sound picture a bad one.
    private static readonly (ScreenFault Fault, Spoil Spoil)[] s_pictures =
    [
        (ScreenFault.None, (ref mode, ref picture) => { }),
        (ScreenFault.None, (ref mode, ref picture) => mode.FrameBufferBase = Limit - 0x300000),
        (ScreenFault.NoPixels, (ref mode, ref picture) => picture.PixelFormat = PixelFormat.BltOnly),
        (ScreenFault.NoPixels, (ref mode, ref picture) => picture.PixelFormat = (PixelFormat)7),
        (ScreenFault.NoMemory, (ref mode, ref picture) => mode.FrameBufferSize = 0),
        (ScreenFault.NoMemory, (ref mode, ref picture) => mode.FrameBufferBase = 0),
        (ScreenFault.BadSize, (ref mode, ref picture) => picture.PixelsPerScanLine = 1023),
        (ScreenFault.BadSize, (ref mode, ref picture) => picture.PixelsPerScanLine = uint.MaxValue),
        (ScreenFault.BadSize, (ref mode, ref picture) => picture.VerticalResolution = uint.MaxValue),
        (ScreenFault.BadSize, (ref mode, ref picture) => picture.HorizontalResolution = 7),
        (ScreenFault.BadSize, (ref mode, ref picture) => picture.VerticalResolution = 0),
        (ScreenFault.BadSize, (ref mode, ref picture) => mode.FrameBufferSize = 4096 * 15),
        (ScreenFault.BadMasks, (ref mode, ref picture) => picture.PixelFormat = PixelFormat.BitMask),
        (ScreenFault.BadMasks, (ref mode, ref picture) => (picture.PixelFormat, picture.RedMask, picture.GreenMask) =
            (PixelFormat.BitMask, 0xFF0, 0xFF00)),
        (ScreenFault.OutOfReach, (ref mode, ref picture) => mode.FrameBufferBase = Limit - 0x2F0000),
        (ScreenFault.OutOfReach, (ref mode, ref picture) => mode.FrameBufferBase = ulong.MaxValue - 0xFFF),
    ];

    public static TheoryData<uint, uint, uint, uint> Masks => new()
    {
        { 0x00FF_0000, 0x0000_FF00, 0x0000_00FF, 0xFF00_0000 },
        { 0x3FF0_0000, 0x000F_FC00, 0x0000_03FF, 0xC000_0000 },
        { 0x00FF_0000, 0x0000_FF00, 0x0000_00FF, 0 },
        { 0xF800, 0x07E0, 0x001F, 0 },
        { 0x7C00, 0x03E0, 0x001F, 0x8000 },
        { 0xE0, 0x1C, 0x03, 0 },
    };

    [Theory]
    [InlineData(640, 480, 0, 1)]
    [InlineData(1366, 768, 2, 1)]
    [InlineData(1920, 1080, 0, 1)]
    [InlineData(2560, 1600, 0, 2)]
    [InlineData(3840, 2160, 256, 2)]
    [InlineData(5120, 2880, 0, 3)]
    [InlineData(7680, 4320, 0, 4)]
    public void LettersOfEverySize(uint width, uint height, uint more, uint scale)
    {
        PixelFormat[] formats = [PixelFormat.BlueGreenRedReserved, PixelFormat.RedGreenBlueReserved];
        foreach (PixelFormat format in formats)
        {
            using var screen = new PlainScreen(width, height, format, more);
            Assert.Equal(scale, screen.Layout.Scale);
            string line = string.Concat(Enumerable.Range(' ', 95).Select(letter => (char)letter));
            screen.Print($"\u001B[33;44m{line[..80]}\n{line[80..]}");
            Assert.Equal([line[..80], line[80..]], screen.Rows[..2]);
            bool isBlueFirst = format == PixelFormat.BlueGreenRedReserved;
            Assert.Equal(isBlueFirst ? (0xBE9628u, 0x5078E6u) : (0x2896BEu, 0xE67850u), screen.Reader.Colours(1, 0));
            Assert.True(screen.IsUntouchedOutside());
        }
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void PixelsOfEveryKind(uint red, uint green, uint blue, uint reserved)
    {
        using var screen = new PlainScreen(640, 480, PixelFormat.BitMask, more: 5, (red, green, blue, reserved));
        screen.Print("\u001B[97;104mabc");
        Assert.Equal("abc", screen.Rows[0]);
        (uint ink, uint ground) = screen.Reader.Colours(0, 0);
        Assert.Equal(red | green | blue, ink);
        Assert.Equal(blue, ground & blue);
        Assert.Equal(0x82 / 255.0, (ground & red) / (double)red, 0.15);
        Assert.Equal(0xAA / 255.0, (ground & green) / (double)green, 0.15);
        Assert.True(screen.IsUntouchedOutside());
    }

    [Fact]
    public void WhatIsNoScreenIsRefused()
    {
        foreach ((ScreenFault fault, Spoil spoil) in s_pictures)
        {
            Assert.Equal(fault, Read(spoil, out _));
            Assert.Equal(fault == ScreenFault.None, ScreenLayout.Sentence(fault).IsEmpty);
        }
    }

    [Fact]
    public void APictureWithTooLittleMemoryIsCutOff()
    {
        ScreenFault fault = Read((ref mode, ref picture) => mode.FrameBufferSize = 4096 * 100, out ScreenLayout layout);
        Assert.Equal(ScreenFault.None, fault);
        Assert.Equal((100u, 6), (layout.Height, layout.Rows));
    }

    private static ScreenFault Read(Spoil spoil, out ScreenLayout layout)
    {
        var picture = new GraphicsModeInformation
        {
            HorizontalResolution = 1024,
            VerticalResolution = 768,
            PixelFormat = PixelFormat.BlueGreenRedReserved,
            PixelsPerScanLine = 1024,
        };
        var mode = new GraphicsMode { FrameBufferBase = Start, FrameBufferSize = 0x30_0000 };
        spoil(ref mode, ref picture);
        mode.Information = &picture;
        return ScreenLayout.Read(&mode, AddressBits, out layout);
    }

    private delegate void Spoil(ref GraphicsMode mode, ref GraphicsModeInformation picture);
}
