// What was typed for one guest and has not been taken yet.

namespace MinusOne.Hv.Console;

internal unsafe struct ConsoleQueue
{
    public const uint Size = 4096;

    private fixed byte _bytes[(int)Size];
    private uint _first;
    private uint _end;

    public readonly uint Count => _end - _first;

    public readonly bool IsFull => Count == Size;

    // There is room.
    public void Put(byte value) => _bytes[_end++ & (Size - 1)] = value;

    // There is one.
    public byte Take() => _bytes[_first++ & (Size - 1)];

    public void Clear() => _first = _end;
}

// What somebody at the console asks of the hypervisor: Ctrl-A and a letter.
internal enum ConsoleRequest : byte
{
    None,
    Stop,
    Monitor,
    Help,
    Break,

    // Another guest gets what is typed.
    Focus,
}
