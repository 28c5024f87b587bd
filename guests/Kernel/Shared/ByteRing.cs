// Bytes between one who writes and one who reads: the console's input, a pipe.
namespace MinusOne.Guests.Kernel.Shared;

internal unsafe struct ByteRing
{
    private byte* _bytes;
    private int _first;

    public int Capacity { get; private set; }

    public int Count { get; private set; }

    public readonly bool IsFull => Count == Capacity;

    public readonly bool IsEmpty => Count == 0;

    public void Initialize(byte* bytes, int capacity)
    {
        _bytes = bytes;
        _first = 0;
        Count = 0;
        Capacity = capacity;
    }

    // Not when it is full.
    public void Put(byte value)
    {
        int at = _first + Count++;
        _bytes[at < Capacity ? at : at - Capacity] = value;
    }

    // Not when it is empty.
    public byte Take()
    {
        byte value = _bytes[_first++];
        if (_first == Capacity)
        {
            _first = 0;
        }

        Count--;
        return value;
    }
}
