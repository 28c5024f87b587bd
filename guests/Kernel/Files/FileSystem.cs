// The one tree of files, with what is in it from the start: every program, and a text to read.

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Files;

internal static unsafe class FileSystem
{
    private static FileTree s_tree;

    public static ref FileTree Tree => ref s_tree;

    private static ReadOnlySpan<byte> About =>
        "Zero is a kernel in C#, for ring 0 of a machine whose ring -1 is in C# too.\n"u8;

    public static void Initialize()
    {
        s_tree.Initialize((FrameAllocator*)Unsafe.AsPointer(ref Frames.All), Frames.At(0));
        ReadOnlySpan<byte> names = ProgramNames.All;
        while (!names.IsEmpty)
        {
            int end = names.IndexOf((byte)' ');
            s_tree.Create(names.Slice(0, end), FileKind.Program);
            names = names.Slice(end + 1);
        }

        FileNode* about = s_tree.At(s_tree.Create("about"u8, FileKind.Text));
        about->Content = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(About));
        about->Length = About.Length;
    }

    public static bool IsProgram(ReadOnlySpan<byte> name)
    {
        int number = s_tree.Find(name);
        return number >= 0 && s_tree.At(number)->Kind == FileKind.Program;
    }
}
