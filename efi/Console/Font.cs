// The letters for the screen after firmware: copied from the firmware's own font while it is still there, one bit a
// pixel. The image carries no font of its own.

using System.Runtime.CompilerServices;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Console;

internal static unsafe class Font
{
    public const int Width = 8;
    public const int Height = 19;

    private const char First = ' ';
    private const char Last = '~';
    private const byte Bright = 0x60;

    private static GlyphRows s_rows;

    // Leaves blanks where firmware has no font: the screen then stays as firmware left it.
    public static bool TryCapture()
    {
        void* found = null;
        Guid font = Guid.HiiFont;
        if (Services.Boot->LocateProtocol(&font, null, &found) != EfiStatus.Success)
        {
            return false;
        }

        var hii = (HiiFont*)found;
        for (char character = First; character <= Last; character++)
        {
            ImageOutput* image = null;
            if (hii->GetGlyph(hii, (ushort)character, null, &image, null) != EfiStatus.Success)
            {
                return false;
            }

            Copy(image, character);
            Services.Boot->FreePool(image->Pixels);
            Services.Boot->FreePool(image);
        }

        return true;
    }

    // One row of a letter, its left pixel in the top bit.
    public static byte Row(byte character, int row) =>
        character is >= (byte)First and <= (byte)Last ? s_rows[((character - First) * Height) + row] : (byte)0;

    private static void Copy(ImageOutput* image, char character)
    {
        for (int y = 0; y < image->Height && y < Height; y++)
        {
            int bits = 0;
            for (int x = 0; x < image->Width && x < Width; x++)
            {
                byte* pixel = image->Pixels + (4 * ((y * image->Width) + x));
                if (pixel[0] >= Bright || pixel[1] >= Bright || pixel[2] >= Bright)
                {
                    bits |= 0x80 >> x;
                }
            }

            s_rows[((character - First) * Height) + y] = (byte)bits;
        }
    }

    [InlineArray((Last - First + 1) * Height)]
    private struct GlyphRows
    {
        private byte _first;
    }
}
