// Files in memory: what is written is read, in any pieces, and every frame comes back.

using System;
using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Files;
using MinusOne.Guests.Kernel.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Kernel;

public sealed unsafe class FileTreeTests : IDisposable
{
    private const ulong MemoryBytes = 0x40000;
    private const int LargestFile = 16 * FrameAllocator.FrameBytes;

    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc((nuint)MemoryBytes, 4096);
    private readonly FrameAllocator* _frames = (FrameAllocator*)NativeMemory.AllocZeroed((nuint)sizeof(FrameAllocator));
    private readonly FileTree* _tree = (FileTree*)NativeMemory.AllocZeroed((nuint)sizeof(FileTree));

    public FileTreeTests()
    {
        _frames->Initialize(_memory, 0x1000, MemoryBytes);
        _tree->Initialize(_frames, _memory);
    }

    public void Dispose()
    {
        NativeMemory.Free(_tree);
        NativeMemory.Free(_frames);
        NativeMemory.AlignedFree(_memory);
    }

    [Fact]
    public void KeepsWhatIsWritten()
    {
        ulong free = _frames->FreeFrames;
        int file = _tree->Create("notes"u8, FileKind.Data);
        byte[] text = new byte[10_000];
        new Random(1).NextBytes(text);
        for (int at = 0; at < text.Length; at += 300)
        {
            ReadOnlySpan<byte> piece = text.AsSpan(at, Math.Min(300, text.Length - at));
            Assert.Equal(piece.Length, _tree->Write(file, at, piece));
        }

        byte[] read = new byte[text.Length + 1];
        Assert.Equal(text.Length, _tree->Read(_tree->Find("notes"u8), 0, read));
        Assert.Equal(text, read[..text.Length]);
        _tree->Remove(file);
        Assert.Equal(-1, _tree->Find("notes"u8));
        Assert.Equal(free, _frames->FreeFrames);
    }

    [Fact]
    public void EndsAtTheLargestSize()
    {
        int file = _tree->Create("big"u8, FileKind.Data);
        Assert.Equal(2, _tree->Write(file, LargestFile - 2, "abc"u8));
        Assert.Equal(0, _tree->Write(file, LargestFile, "abc"u8));
    }

    [Fact]
    public void RefusesNamesAndKindsThatCannotBe()
    {
        Assert.Equal(-1, _tree->Create(""u8, FileKind.Data));
        Assert.Equal(-1, _tree->Create("seventeen letters"u8, FileKind.Data));
        int program = _tree->Create("program"u8, FileKind.Program);
        Assert.Equal(0, _tree->Write(program, 0, "abc"u8));
        for (int i = 1; i < FileTree.Capacity; i++)
        {
            Assert.True(_tree->Create([(byte)i], FileKind.Data) >= 0);
        }

        Assert.Equal(-1, _tree->Create("one more"u8, FileKind.Data));
    }
}
