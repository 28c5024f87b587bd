// Reads the binary PPM (P6) that QEMU writes for a screen dump: three numbers as text, then the pixels.

using System;
using System.IO;
using System.Text;

namespace MinusOne.Ovmf.Runner.Screens;

internal static class PortablePixmap
{
    private const int LargestColour = 255;

    public static Picture Read(ReadOnlySpan<byte> file)
    {
        int position = 0;
        string magic = Word(file, ref position);
        int width = Number(file, ref position);
        int height = Number(file, ref position);
        int largest = Number(file, ref position);
        int length = checked(width * height * Picture.BytesPerPixel);
        return magic == "P6" && largest == LargestColour && file.Length >= position + length
            ? new Picture(width, height, file.Slice(position, length).ToArray())
            : throw new InvalidDataException("the screen dump is not a PPM file of 8 bits a colour");
    }

    private static int Number(ReadOnlySpan<byte> file, ref int position) =>
        int.TryParse(Word(file, ref position), out int value)
            ? value
            : throw new InvalidDataException("the screen dump is cut off");

    // The one blank behind a word belongs to it.
    private static string Word(ReadOnlySpan<byte> file, ref int position)
    {
        int end = file[position..].IndexOfAny(" \n\t\r"u8);
        if (end < 0)
        {
            return "";
        }

        string word = Encoding.ASCII.GetString(file.Slice(position, end));
        position += end + 1;
        return word;
    }
}
