// The types that C# spells as keywords. The compiler knows their arithmetic; what stands here is what a program can
// name: their limits, and equality for searching. Parsing, formatting and other interfaces are left out.
namespace System;

public struct Void
{
}

public readonly struct Boolean : IEquatable<bool>
{
    private readonly bool _value;

    public bool Equals(bool obj) => _value == obj;
}

public readonly struct Char : IEquatable<char>
{
    private readonly char _value;

    public const char MaxValue = '\xFFFF';
    public const char MinValue = '\0';

    public bool Equals(char obj) => _value == obj;
}

public readonly struct SByte : IEquatable<sbyte>
{
    private readonly sbyte _value;

    public const sbyte MaxValue = 0x7F;
    public const sbyte MinValue = -0x80;

    public bool Equals(sbyte obj) => _value == obj;
}

public readonly struct Byte : IEquatable<byte>
{
    private readonly byte _value;

    public const byte MaxValue = 0xFF;
    public const byte MinValue = 0;

    public bool Equals(byte obj) => _value == obj;
}

public readonly struct Int16 : IEquatable<short>
{
    private readonly short _value;

    public const short MaxValue = 0x7FFF;
    public const short MinValue = -0x8000;

    public bool Equals(short obj) => _value == obj;
}

public readonly struct UInt16 : IEquatable<ushort>
{
    private readonly ushort _value;

    public const ushort MaxValue = 0xFFFF;
    public const ushort MinValue = 0;

    public bool Equals(ushort obj) => _value == obj;
}

public readonly struct Int32 : IEquatable<int>
{
    private readonly int _value;

    public const int MaxValue = 0x7FFFFFFF;
    public const int MinValue = unchecked((int)0x80000000);

    public bool Equals(int obj) => _value == obj;
}

public readonly struct UInt32 : IEquatable<uint>
{
    private readonly uint _value;

    public const uint MaxValue = 0xFFFFFFFF;
    public const uint MinValue = 0;

    public bool Equals(uint obj) => _value == obj;
}

public readonly struct Int64 : IEquatable<long>
{
    private readonly long _value;

    public const long MaxValue = 0x7FFFFFFFFFFFFFFF;
    public const long MinValue = unchecked((long)0x8000000000000000);

    public bool Equals(long obj) => _value == obj;
}

public readonly struct UInt64 : IEquatable<ulong>
{
    private readonly ulong _value;

    public const ulong MaxValue = 0xFFFFFFFFFFFFFFFF;
    public const ulong MinValue = 0;

    public bool Equals(ulong obj) => _value == obj;
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

    public static readonly nint Zero;

    public static int Size => sizeof(nint);
}

public readonly unsafe struct UIntPtr
{
    private readonly nuint _value;

    public static readonly nuint Zero;

    public static int Size => sizeof(nuint);
}
