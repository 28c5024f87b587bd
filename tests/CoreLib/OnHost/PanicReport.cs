// On the host a panic is an exception with the same words, so that a test can expect it.
namespace System;

internal static partial class Panic
{
    private static partial void Report(ReadOnlySpan<byte> what)
    {
        var words = new char[what.Length];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = (char)what[i];
        }

        throw new PanicException(new string(words));
    }
}
