// The physical memory of the software processor: process memory whose addresses count as physical ones. The processor
// touches only what it was given here, so a wild address in a table or a VMCS fails the test instead of the process.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace MinusOne.Tests.Model;

internal sealed unsafe class SoftMemory
{
    private const ulong FrameSize = 4096;

    private readonly List<(ulong Start, ulong End)> _ranges = [];
    private readonly List<nuint> _owned = [];

    ~SoftMemory()
    {
        foreach (nuint block in _owned)
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }

    // Frames with rubbish in them: nothing may rely on fresh memory being zero.
    public Hpa Allocate(int frames)
    {
        nuint bytes = (nuint)frames * (nuint)FrameSize;
        void* block = NativeMemory.AlignedAlloc(bytes, (nuint)FrameSize);
        NativeMemory.Fill(block, bytes, 0xCC);
        _owned.Add((nuint)block);
        Add(new Hpa(block), bytes);
        return new Hpa(block);
    }

    public Hpa AllocateZeroed(int frames)
    {
        Hpa start = Allocate(frames);
        NativeMemory.Clear(start.Pointer, (nuint)frames * (nuint)FrameSize);
        return start;
    }

    // Memory that somebody else allocated and keeps.
    public void Add(Hpa start, ulong bytes) => _ranges.Add((start.Value, start.Value + bytes));

    // All that another processor has, which is kept there.
    public void Share(SoftMemory other) => _ranges.AddRange(other._ranges);

    public bool Has(Hpa address, ulong bytes)
    {
        foreach ((ulong start, ulong end) in _ranges)
        {
            if (address.Value >= start && address.Value < end && bytes <= end - address.Value)
            {
                return true;
            }
        }

        return false;
    }

    public T Read<T>(Hpa address)
        where T : unmanaged => *(T*)Find(address, (ulong)sizeof(T));

    public void Write<T>(Hpa address, T value)
        where T : unmanaged => *(T*)Find(address, (ulong)sizeof(T)) = value;

    // Bits, whoever else writes there at the same time.
    public void Set(Hpa address, ulong bits) =>
        Interlocked.Or(ref *(ulong*)Find(address, sizeof(ulong)), bits);

    public Span<byte> Bytes(Hpa address, int count) => new(Find(address, (ulong)count), count);

    private void* Find(Hpa address, ulong bytes) => Has(address, bytes)
        ? address.Pointer
        : throw new SoftCpuException($"no memory at {address.Value:X} ({bytes} bytes): Memory.Add gives it");
}
