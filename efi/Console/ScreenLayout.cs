// How a picture lies in memory: UEFI specification 12.9 Graphics Output Protocol. Firmware's word is looked through
// first: a picture that cannot be written to, or would be written where something else is, is no screen.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Console;

internal enum ScreenFault : byte
{
    None,
    NoPixels,
    NoMemory,
    BadSize,
    BadMasks,
    OutOfReach,
    InMemory,
    NotMapped,
}

internal unsafe struct ScreenLayout
{
    public const int MostColumns = 256;
    public const int MostRows = 128;

    private const uint MostPixels = 16384;

    public byte* Start;
    public uint Width;
    public uint Height;

    // Bytes from one line of pixels to the one below.
    public uint Pitch;
    public uint PixelBytes;

    // Pixels that a dot of a letter is wide and high.
    public uint Scale;

    public uint RedMask;
    public uint GreenMask;
    public uint BlueMask;

    public readonly ulong Bytes => (ulong)Pitch * Height;

    public readonly int Columns => (int)Math.Min(Width / (Letters.Width * Scale), MostColumns);

    public readonly int Rows => (int)Math.Min(Height / (Letters.Height * Scale), MostRows);

    // `addressBits`: what the processor can reach.
    public static ScreenFault Read(GraphicsMode* mode, int addressBits, out ScreenLayout layout)
    {
        GraphicsModeInformation* picture = mode->Information;
        layout = default;
        layout.Start = (byte*)mode->FrameBufferBase;
        layout.Width = picture->HorizontalResolution;
        layout.Height = picture->VerticalResolution;
        if (picture->PixelFormat > PixelFormat.BitMask)
        {
            return ScreenFault.NoPixels;
        }

        if (mode->FrameBufferBase == 0 || mode->FrameBufferSize == 0)
        {
            return ScreenFault.NoMemory;
        }

        if (layout.Width > MostPixels || layout.Height > MostPixels || picture->PixelsPerScanLine > MostPixels
            || picture->PixelsPerScanLine < layout.Width)
        {
            return ScreenFault.BadSize;
        }

        return !layout.TrySetMasks(picture) ? ScreenFault.BadMasks
            : !layout.TrySetLines(picture, mode->FrameBufferSize) ? ScreenFault.BadSize
            : mode->FrameBufferBase > LimitOf(addressBits) - layout.Bytes ? ScreenFault.OutOfReach
            : ScreenFault.None;
    }

    public static ReadOnlySpan<byte> Sentence(ScreenFault fault) => fault switch
    {
        ScreenFault.NoPixels => "firmware gives no access to its pixels (BltOnly)"u8,
        ScreenFault.NoMemory => "it has 0 bytes of memory"u8,
        ScreenFault.BadSize => "its size and its memory do not fit together"u8,
        ScreenFault.BadMasks => "its colours are not bits of a pixel"u8,
        ScreenFault.OutOfReach => "it lies beyond what the processor can reach"u8,
        ScreenFault.InMemory => "it lies in memory that is somebody else's"u8,
        ScreenFault.NotMapped => "there is no memory for its page tables"u8,
        _ => default,
    };

    // Red, green and blue of 8 bits each as the bits of a pixel.
    public readonly uint Pixel(uint colour) =>
        Spread((colour >> 16) & 0xFF, RedMask) | Spread((colour >> 8) & 0xFF, GreenMask)
            | Spread(colour & 0xFF, BlueMask);

    // The lower half of what linear addresses reach, at most.
    private static ulong LimitOf(int addressBits) => 1UL << Math.Min(addressBits, 47);

    // A picture that is larger than its memory is cut off at the bottom.
    private bool TrySetLines(GraphicsModeInformation* picture, ulong bytes)
    {
        Pitch = picture->PixelsPerScanLine * PixelBytes;
        Scale = Math.Max((Width / Letters.Width + MostColumns - 1) / MostColumns, 1);
        Height = (uint)Math.Min(Height, bytes / Math.Max(Pitch, 1));
        return Columns != 0 && Rows != 0;
    }

    private bool TrySetMasks(GraphicsModeInformation* picture)
    {
        bool isRedFirst = picture->PixelFormat == PixelFormat.RedGreenBlueReserved;
        bool isFixed = picture->PixelFormat != PixelFormat.BitMask;
        RedMask = !isFixed ? picture->RedMask : isRedFirst ? 0xFFU : 0xFF0000U;
        GreenMask = !isFixed ? picture->GreenMask : 0xFF00;
        BlueMask = !isFixed ? picture->BlueMask : isRedFirst ? 0xFF0000U : 0xFFU;
        uint all = RedMask | GreenMask | BlueMask;
        uint bits = all | (isFixed ? 0xFF00_0000U : picture->ReservedMask);
        PixelBytes = bits > 0xFF_FFFF ? 4U : bits > 0xFFFF ? 3U : bits > 0xFF ? 2U : 1U;
        return all != 0 && (RedMask & GreenMask) == 0 && ((RedMask | GreenMask) & BlueMask) == 0;
    }

    private static uint Spread(uint colour, uint mask)
    {
        int shift = 0;
        while (mask != 0 && ((mask >> shift) & 1) == 0)
        {
            shift++;
        }

        return (uint)((ulong)colour * (mask >> shift) / 0xFF << shift) & mask;
    }
}
