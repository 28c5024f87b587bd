// The name of this program, as people and shells write it: FS0:\EFI\BOOT\BOOTX64.EFI, "fs0:\my files\bootx64", or what
// the file was called when firmware loaded it.

using System;

namespace MinusOne.Efi.Options;

internal static unsafe class ProgramName
{
    private const byte Media = 4;
    private const byte FilePath = 4;
    private const byte EndNode = 0x7F;
    private const int NodeHeader = 4;
    private const int MostNodes = 64;

    // The last part of a device path that names a file, or nothing. UEFI specification 10.3.5.4 File Path Media Device
    // Path.
    public static ReadOnlySpan<char> OfPath(byte* path)
    {
        ReadOnlySpan<char> name = default;
        for (int i = 0; path != null && i < MostNodes && path[0] != EndNode; i++)
        {
            int length = path[2] | (path[3] << 8);
            if (length < NodeHeader)
            {
                break;
            }

            if (path[0] == Media && path[1] == FilePath)
            {
                var text = new ReadOnlySpan<char>(path + NodeHeader, (length - NodeHeader) / sizeof(char));
                int end = text.IndexOf('\0');
                name = LastPart(end < 0 ? text : text.Slice(0, end));
            }

            path += length;
        }

        return name;
    }

    // A word that ends in .efi always is; one without if the file is called so.
    public static bool Is(ReadOnlySpan<char> word, ReadOnlySpan<char> program)
    {
        word = LastPart(WithoutQuotes(word));
        ReadOnlySpan<char> stem = WithoutEnd(word);
        return stem.Length != word.Length || (!program.IsEmpty && IsSame(stem, WithoutEnd(program)));
    }

    private static ReadOnlySpan<char> WithoutQuotes(ReadOnlySpan<char> word)
    {
        word = !word.IsEmpty && word[0] == '"' ? word.Slice(1) : word;
        return !word.IsEmpty && word[word.Length - 1] == '"' ? word.Slice(0, word.Length - 1) : word;
    }

    private static ReadOnlySpan<char> LastPart(ReadOnlySpan<char> path)
    {
        int start = path.Length;
        while (start > 0 && path[start - 1] is not '\\' and not '/' and not ':')
        {
            start--;
        }

        return path.Slice(start);
    }

    private static ReadOnlySpan<char> WithoutEnd(ReadOnlySpan<char> name)
    {
        int stem = name.Length - 4;
        return stem >= 0 && IsSame(name.Slice(stem), ".efi") ? name.Slice(0, stem) : name;
    }

    private static bool IsSame(ReadOnlySpan<char> one, ReadOnlySpan<char> two)
    {
        bool isSame = one.Length == two.Length;
        for (int i = 0; isSame && i < one.Length; i++)
        {
            isSame = Lower(one[i]) == Lower(two[i]);
        }

        return isSame;
    }

    private static char Lower(char unit) => unit is >= 'A' and <= 'Z' ? (char)(unit | 0x20) : unit;
}
