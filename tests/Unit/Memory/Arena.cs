// Host-physical memory of a test: process memory, whose addresses are taken for physical ones. It starts filled with a
// pattern, so that a table taken for cleared shows. A pool is made over any number of its frames.

using System;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

internal sealed unsafe class Arena : IDisposable
{
    private readonly byte* _memory;
    private readonly FramePool* _pool;

    public Arena(uint poolFrames)
        : this(poolFrames, 0, 4096)
    {
    }

    // Frames behind those of the pool are the test's own.
    public Arena(uint poolFrames, uint ownFrames, uint alignment)
    {
        while (((poolFrames + Bookkeeping) * 5) + 0xFFF >> 12 > Bookkeeping)
        {
            Bookkeeping++;
        }

        Frames = Bookkeeping + poolFrames + ownFrames;
        _memory = (byte*)NativeMemory.AlignedAlloc(Frames << 12, alignment);
        new Span<byte>(_memory, (int)(Frames << 12)).Fill(0xCC);
        _pool = (FramePool*)NativeMemory.AllocZeroed((nuint)sizeof(FramePool));
        Base = new(_memory);
        Own = Base + ((ulong)(Bookkeeping + poolFrames) << 12);
        if (poolFrames != 0)
        {
            Assert.True(_pool->Initialize([new(Base, Own, PhysicalKind.Hypervisor)]));
            Assert.Equal(poolFrames, _pool->Available);
        }
    }

    public uint Bookkeeping { get; }

    public uint Frames { get; }

    public Hpa Base { get; }

    public Hpa Own { get; }

    public FramePool* Pool => _pool;

    public bool Has(Hpa frame) => frame >= Base && frame < Own;

    public uint Available => _pool->Available;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        NativeMemory.Free(_pool);
    }
}
