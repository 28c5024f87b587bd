// Guest memory over an arena: the frames behind the pool are the guest's identity memory, at their own addresses.

using System;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

internal sealed unsafe class GuestFixture : IDisposable
{
    private const int MapBytes = 4096;

    public GuestFixture(uint poolFrames, uint ownFrames, uint alignment = 4096, int mapBytes = MapBytes)
    {
        Arena = new Arena(poolFrames, ownFrames, alignment);
        Physical = (PhysicalMap*)NativeMemory.AllocZeroed((nuint)(sizeof(PhysicalMap) + mapBytes));
        Physical->Initialize(Physical + 1, mapBytes);
        Mtrr = (Mtrr*)NativeMemory.AllocZeroed((nuint)sizeof(Mtrr));
        *Mtrr = Hv.Memory.Mtrr.None;
        Assert.True(Physical->TrySet(Arena.Base, Arena.Own, PhysicalKind.Hypervisor));
        Assert.True(Physical->TrySet(Arena.Own, Arena.Base + ((ulong)Arena.Frames << 12), PhysicalKind.Usable));
    }

    public Arena Arena { get; }

    public PhysicalMap* Physical { get; }

    public Mtrr* Mtrr { get; }

    // The guest's address of its own frame n.
    public Gpa Own(ulong frame) => new(Arena.Own.Value + (frame << 12));

    public GuestMemory Create(ulong quota = 1000, int largestLeaf = PageLevel.Page4K, bool hasLargeCode = true)
    {
        GuestMemory memory = default;
        SecondLevelFeatures features = new()
        {
            Format = PageFormat.Ept,
            LargestLeaf = (byte)largestLeaf,
            HasLargeCode = hasLargeCode,
        };
        Assert.True(memory.Initialize(Arena.Pool, Physical, Mtrr, features, quota));
        return memory;
    }

    public void Dispose()
    {
        Arena.Dispose();
        NativeMemory.Free(Physical);
        NativeMemory.Free(Mtrr);
    }
}
