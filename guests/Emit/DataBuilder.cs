// Constant data in the making: bytes, structs, and pointers between them. A pointer holds the offset of its target;
// the object file says where the pointers are, so that the linker can add the address of the section.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace MinusOne.Guests.Emit;

internal sealed class DataBuilder
{
    private const int Alignment = 8;

    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, int> _known = [];

    public byte[] Bytes => _bytes.ToArray();

    // The offsets of all pointers.
    public List<int> Pointers { get; } = [];

    // Room for `count` structs, zero until they are written.
    public int Reserve<T>(int count)
        where T : unmanaged
    {
        int offset = Align();
        _bytes.AddRange(new byte[count * Marshal.SizeOf<T>()]);
        return offset;
    }

    public void Write<T>(int offset, T value)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        bytes.CopyTo(CollectionsMarshal.AsSpan(_bytes).Slice(offset));
    }

    public int Array<T>(T[] values)
        where T : unmanaged
    {
        int offset = Reserve<T>(values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            Write(offset + (i * Marshal.SizeOf<T>()), values[i]);
        }

        return offset;
    }

    // The same bytes are kept once: configurations that differ in their settings alone share an image.
    public int Share(byte[] bytes)
    {
        string key = Convert.ToBase64String(bytes);
        if (!_known.TryGetValue(key, out int offset))
        {
            offset = Align();
            _bytes.AddRange(bytes);
            _known.Add(key, offset);
        }

        return offset;
    }

    public int Share(string text) => Share(Encoding.UTF8.GetBytes(text));

    public void Point(int at, int target)
    {
        Write(at, (ulong)target);
        Pointers.Add(at);
    }

    private int Align()
    {
        while (_bytes.Count % Alignment != 0)
        {
            _bytes.Add(0);
        }

        return _bytes.Count;
    }
}
