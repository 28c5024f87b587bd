// The files: a flat list of names. A file is a program of the programs' image, a text that came with the kernel, or up
// to 64 KiB that somebody wrote, in frames of their own. What is written here is gone when the kernel ends.

using System;
using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Files;

internal unsafe struct FileTree
{
    public const int Capacity = 40;

    private const int FramesOfFile = 16;

    private FrameAllocator* _frames;
    private byte* _memory;
    private fixed byte _nodes[Capacity * FileNode.Bytes];

    public void Initialize(FrameAllocator* frames, byte* memory)
    {
        _frames = frames;
        _memory = memory;
    }

    // Null if there is no such number.
    public FileNode* At(int number)
    {
        fixed (byte* nodes = _nodes)
        {
            return (uint)number < Capacity ? (FileNode*)nodes + number : null;
        }
    }

    // -1 if there is none.
    public int Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < Capacity; i++)
        {
            FileNode* node = At(i);
            if (node->Kind != FileKind.None && name.SequenceEqual(node->Text))
            {
                return i;
            }
        }

        return -1;
    }

    // -1 if the name is empty or too long, or the list is full.
    public int Create(ReadOnlySpan<byte> name, FileKind kind)
    {
        for (int i = 0; i < Capacity && !name.IsEmpty && name.Length <= FileNode.LongestName; i++)
        {
            FileNode* node = At(i);
            if (node->Kind == FileKind.None)
            {
                *node = new FileNode { Kind = kind };
                node->SetName(name);
                return i;
            }
        }

        return -1;
    }

    public int Read(int number, int position, Span<byte> to)
    {
        FileNode* node = At(number);
        int count = 0;
        for (; count < to.Length && position < node->Length; count++, position++)
        {
            ulong frame = node->Frames[position / FrameAllocator.FrameBytes];
            to[count] = node->Kind == FileKind.Data
                ? _memory[frame + (ulong)(position % FrameAllocator.FrameBytes)]
                : node->Content[position];
        }

        return count;
    }

    // How many bytes found room.
    public int Write(int number, int position, ReadOnlySpan<byte> from)
    {
        FileNode* node = At(number);
        int count = 0;
        int end = node->Kind == FileKind.Data ? FramesOfFile * FrameAllocator.FrameBytes : 0;
        for (; count < from.Length && position < end; count++, position++)
        {
            ref ulong frame = ref node->Frames[position / FrameAllocator.FrameBytes];
            if (frame == 0)
            {
                frame = _frames->Allocate();
                if (frame == 0)
                {
                    break;
                }

                new Span<byte>(_memory + frame, FrameAllocator.FrameBytes).Clear();
            }

            _memory[frame + (ulong)(position % FrameAllocator.FrameBytes)] = from[count];
        }

        node->Length = position > node->Length ? position : node->Length;
        return count;
    }

    // What was in it is gone.
    public void Clear(int number)
    {
        FileNode* node = At(number);
        for (int i = 0; i < FramesOfFile && node->Kind == FileKind.Data; i++)
        {
            if (node->Frames[i] != 0)
            {
                _frames->Release(node->Frames[i]);
                node->Frames[i] = 0;
            }
        }

        node->Length = 0;
    }

    public void Remove(int number)
    {
        Clear(number);
        At(number)->Kind = FileKind.None;
    }
}
