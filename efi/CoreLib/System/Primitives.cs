// The types that C# spells as keywords. The compiler knows their arithmetic; what stands here is what a program can name:
// their limits. Parsing, formatting and interfaces are left out.

namespace System;

public struct Void
{
}

public readonly struct Boolean
{
    private readonly bool _value;

    public const string TrueString = "True";
    public const string FalseString = "False";
}

public readonly struct Char
{
    private readonly char _value;

    public const char MaxValue = '\xFFFF';
    public const char MinValue = '\0';
}

public readonly struct SByte
{
    private readonly sbyte _value;

    public const sbyte MaxValue = 0x7F;
    public const sbyte MinValue = -0x80;
}

public readonly struct Byte
{
    private readonly byte _value;

    public const byte MaxValue = 0xFF;
    public const byte MinValue = 0;
}

public readonly struct Int16
{
    private readonly short _value;

    public const short MaxValue = 0x7FFF;
    public const short MinValue = -0x8000;
}

public readonly struct UInt16
{
    private readonly ushort _value;

    public const ushort MaxValue = 0xFFFF;
    public const ushort MinValue = 0;
}

public readonly struct Int32
{
    private readonly int _value;

    public const int MaxValue = 0x7FFFFFFF;
    public const int MinValue = unchecked((int)0x80000000);
}

public readonly struct UInt32
{
    private readonly uint _value;

    public const uint MaxValue = 0xFFFFFFFF;
    public const uint MinValue = 0;
}

public readonly struct Int64
{
    private readonly long _value;

    public const long MaxValue = 0x7FFFFFFFFFFFFFFF;
    public const long MinValue = unchecked((long)0x8000000000000000);
}

public readonly struct UInt64
{
    private readonly ulong _value;

    public const ulong MaxValue = 0xFFFFFFFFFFFFFFFF;
    public const ulong MinValue = 0;
}

public readonly struct Single
{
    private readonly float _value;
}

public readonly struct Double
{
    private readonly double _value;
}

public readonly unsafe struct IntPtr
{
    private readonly nint _value;

    public static nint Zero => 0;

    public static int Size => sizeof(nint);
}

public readonly unsafe struct UIntPtr
{
    private readonly nuint _value;

    public static nuint Zero => 0;

    public static int Size => sizeof(nuint);
}
