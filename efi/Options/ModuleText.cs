// The value of a line `module = ...`: a path, and what the module is told. Pure.

using System;

namespace MinusOne.Efi.Options;

internal static class ModuleText
{
    // Both are parts of the value. A path has no blanks.
    public static void Split(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> text)
    {
        int end = 0, name = 0;
        while (end < value.Length && value[end] is not ((byte)' ' or (byte)'\t' or (byte)':'))
        {
            name = value[end] is (byte)'\\' or (byte)'/' ? end + 1 : name;
            end++;
        }

        path = value.Slice(0, end);
        text = value.Slice(end < value.Length && value[end] == ':' ? end + 1 : name);
    }
}
