// Sizes as people write them: 32M, 1G, 64K, or plain bytes; units are powers of 1024. The image reads the same form.

using System.Globalization;

namespace MinusOne.Ovmf.Runner.Options;

internal static class MemorySize
{
    public const ulong Mebibyte = 1 << 20;

    // Above it lies the hole for devices below 4 GiB, and the machine needs memory of its own.
    public const ulong Largest = 3UL << 30;

    private const string Units = "KMG";

    // Null for anything that is not a number from the first character on, with at most one unit behind it.
    public static ulong? Parse(string text)
    {
        int unit = text.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(text[^1]));
        string digits = unit < 0 ? text : text[..^1];
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
        {
            return null;
        }

        int shift = 10 * (unit + 1);
        return value > ulong.MaxValue >> shift ? null : value << shift;
    }

    // The size of a guest, or the reason why it cannot be one.
    public static ulong ParseGuest(string text)
    {
        ulong size = Parse(text) ??
            throw new SetUpException($"'{text}' is not a size; --memory takes for example 64M or 1G");
        return size switch
        {
            0 => throw new SetUpException("a guest needs some memory; --memory takes for example 64M or 1G"),
            > Largest => throw new SetUpException($"{text} is too much; --memory takes at most {Format(Largest)}"),
            _ => size,
        };
    }

    // The shortest form that is exact.
    public static string Format(ulong bytes)
    {
        int unit = 0;
        while (unit < Units.Length && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            unit++;
        }

        return bytes.ToString(CultureInfo.InvariantCulture) + (unit == 0 ? "" : Units[unit - 1]);
    }
}
