// The last lines, the newest first. An empty line and a repetition are not worth a place.

using System;
using System.Runtime.CompilerServices;

namespace MinusOne.Guests.Kernel.Shell;

internal unsafe struct History
{
    public const int Capacity = 16;

    private Entries _entries;
    private int _newest;

    public int Count { get; private set; }

    // 0 is the newest.
    public ReadOnlySpan<byte> this[int age]
    {
        get
        {
            Entry* entry = At(_newest + Capacity - age);
            return new ReadOnlySpan<byte>(entry->Bytes, entry->Length);
        }
    }

    public void Add(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || (Count > 0 && line.SequenceEqual(this[0])))
        {
            return;
        }

        _newest = (_newest + 1) % Capacity;
        Count += Count < Capacity ? 1 : 0;
        Entry* entry = At(_newest);
        entry->Length = line.Length;
        line.CopyTo(new Span<byte>(entry->Bytes, LineEditor.Capacity));
    }

    private Entry* At(int number)
    {
        fixed (Entries* entries = &_entries)
        {
            return (Entry*)entries + (number % Capacity);
        }
    }

    private struct Entry
    {
        public int Length;
        public fixed byte Bytes[LineEditor.Capacity];
    }

    [InlineArray(Capacity)]
    private struct Entries
    {
        private Entry _first;
    }
}
