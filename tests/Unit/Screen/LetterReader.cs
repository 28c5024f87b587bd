// Reads a picture of our screen: every cell is compared with every letter of our font. Strict, so that one pixel too
// many is a letter nobody knows; a dot must have one colour in all of its pixels.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Efi.Console;

namespace MinusOne.Tests.Unit.Screen;

internal sealed class LetterReader(Func<int, int, uint> pixel, int scale)
{
    public const char NotALetter = '\u00BF';

    private static readonly Dictionary<UInt128, char> s_letters =
        Enumerable.Range(' ', Letters.Unknown - ' ' + 1).ToDictionary(
            letter => Pattern((x, y) => (Letters.Line((byte)letter, y) & (0x80 >> x)) != 0),
            letter => (char)letter);

    // Without the blanks at the end.
    public string Row(int row, int columns)
    {
        var text = new StringBuilder();
        for (int column = 0; column < columns; column++)
        {
            text.Append(Letter(column, row));
        }

        return text.ToString().TrimEnd(' ');
    }

    public string[] Rows(int columns, int rows) => [.. Enumerable.Range(0, rows).Select(row => Row(row, columns))];

    // Ink and ground of a cell; the first dot is always ground.
    public (uint Ink, uint Ground) Colours(int column, int row)
    {
        uint ground = Dot(column, row, 0, 0);
        for (int i = 0; i < Letters.Width * Letters.Height; i++)
        {
            uint ink = Dot(column, row, i % Letters.Width, i / Letters.Width);
            if (ink != ground)
            {
                return (ink, ground);
            }
        }

        return (ground, ground);
    }

    private char Letter(int column, int row)
    {
        uint ground = Dot(column, row, 0, 0);
        bool isWhole = true;
        UInt128 pattern = Pattern((x, y) =>
        {
            uint dot = Dot(column, row, x, y);
            for (int i = 1; i < scale * scale; i++)
            {
                isWhole &= dot == Dot(column, row, x, y, i % scale, i / scale);
            }

            return dot != ground;
        });
        return isWhole && s_letters.TryGetValue(pattern, out char letter) ? letter : NotALetter;
    }

    private uint Dot(int column, int row, int x, int y, int right = 0, int down = 0) =>
        pixel((((column * Letters.Width) + x) * scale) + right, (((row * Letters.Height) + y) * scale) + down);

    private static UInt128 Pattern(Func<int, int, bool> isInk)
    {
        UInt128 pattern = 0;
        for (int i = 0; i < Letters.Width * Letters.Height; i++)
        {
            pattern = (pattern << 1) | (isInk(i % Letters.Width, i / Letters.Width) ? 1u : 0u);
        }

        return pattern;
    }
}
