// Strings are frozen data. The product speaks UTF-8 ("..."u8); a string is used only where the language insists.
namespace System;

public sealed class String
{
    private readonly int _length;
    private char _firstChar;

    private String()
    {
    }

    public int Length => _length;

    public ref readonly char GetPinnableReference() => ref _firstChar;
}
