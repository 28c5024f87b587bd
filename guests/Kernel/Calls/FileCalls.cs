// System calls about what is open.

using System;
using MinusOne.Guests.Kernel.Files;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;
using Console = MinusOne.Guests.Kernel.Devices.Console;
using Uart = MinusOne.Guests.Kernel.Devices.Uart;

namespace MinusOne.Guests.Kernel.Calls;

internal static unsafe class FileCalls
{
    // A call moves at most this much, and says how much it was.
    private const int Piece = 256;

    public static long Read(Task* task, ulong number, ulong address, ulong count)
    {
        if (number >= Task.Handles)
        {
            return (long)CallError.BadHandle;
        }

        byte* bytes = stackalloc byte[Piece];
        var piece = new Span<byte>(bytes, count < Piece ? (int)count : Piece);
        ref Handle handle = ref task->Open[(int)number];
        int done = handle.Kind switch
        {
            _ when piece.IsEmpty => 0,
            HandleKind.Console => ReadConsole(piece),
            HandleKind.PipeEnd => Pipes.Read(handle.Index, piece),
            HandleKind.File => FileSystem.Tree.Read(handle.Index, handle.Position, piece),
            _ => (int)CallError.BadHandle,
        };
        if (done <= 0)
        {
            return done;
        }

        handle.Position += done;
        return UserMemory.TryWrite(task, address, piece.Slice(0, done)) ? done : (long)CallError.BadAddress;
    }

    public static long Write(Task* task, ulong number, ulong address, ulong count)
    {
        byte* bytes = stackalloc byte[Piece];
        var piece = new Span<byte>(bytes, count < Piece ? (int)count : Piece);
        if (number >= Task.Handles || !UserMemory.TryRead(task, address, piece))
        {
            return number >= Task.Handles ? (long)CallError.BadHandle : (long)CallError.BadAddress;
        }

        ref Handle handle = ref task->Open[(int)number];
        switch (handle.Kind)
        {
            case HandleKind.Console:
                Console.Write(piece);
                return piece.Length;
            case HandleKind.PipeStart:
                return Pipes.Write(handle.Index, piece);
            case HandleKind.File when handle.Writable:
                int done = FileSystem.Tree.Write(handle.Index, handle.Position, piece);
                handle.Position += done;
                return done == 0 && !piece.IsEmpty ? (long)CallError.Full : done;
            default:
                return (long)CallError.BadHandle;
        }
    }

    public static long Open(Task* task, ulong name, ulong length, OpenMode mode)
    {
        byte* bytes = stackalloc byte[FileNode.LongestName];
        int number = task->Open.FindFree();
        if (number < 0 || !TryReadName(task, name, length, bytes, out ReadOnlySpan<byte> text))
        {
            return number < 0 ? (long)CallError.Full : (long)CallError.NotFound;
        }

        int file = FileSystem.Tree.Find(text);
        bool writes = mode != OpenMode.Read;
        if (file < 0 && writes)
        {
            file = FileSystem.Tree.Create(text, FileKind.Data);
        }

        if (file < 0)
        {
            return writes ? (long)CallError.Full : (long)CallError.NotFound;
        }

        FileNode* node = FileSystem.Tree.At(file);
        if (node->Kind == FileKind.Program || (writes && node->Kind != FileKind.Data))
        {
            return (long)CallError.ReadOnly;
        }

        if (mode == OpenMode.Write)
        {
            FileSystem.Tree.Clear(file);
        }

        task->Open[number] = new Handle
        {
            Kind = HandleKind.File,
            Index = (byte)file,
            Writable = writes,
            Position = mode == OpenMode.Append ? node->Length : 0,
        };
        return number;
    }

    public static long Remove(Task* task, ulong name, ulong length)
    {
        byte* bytes = stackalloc byte[FileNode.LongestName];
        bool isName = TryReadName(task, name, length, bytes, out ReadOnlySpan<byte> text);
        int file = isName ? FileSystem.Tree.Find(text) : -1;
        if (file < 0)
        {
            return (long)CallError.NotFound;
        }

        if (FileSystem.Tree.At(file)->Kind != FileKind.Data)
        {
            return (long)CallError.ReadOnly;
        }

        FileSystem.Tree.Remove(file);
        return 0;
    }

    public static long Pipe(Task* task, ulong answer)
    {
        int pipe = task->Open.FindFree() < 0 ? -1 : Pipes.Create();
        if (pipe < 0)
        {
            return (long)CallError.OutOfMemory;
        }

        int* numbers = stackalloc int[2];
        for (int i = 0; i < 2; i++)
        {
            numbers[i] = task->Open.FindFree();
            if (numbers[i] < 0)
            {
                task->Open.Close(numbers[0]);
                return (long)CallError.Full;
            }

            HandleKind kind = i == 0 ? HandleKind.PipeEnd : HandleKind.PipeStart;
            task->Open.Put(numbers[i], new Handle { Kind = kind, Index = (byte)pipe });
        }

        var pair = new ReadOnlySpan<byte>(numbers, 2 * sizeof(int));
        return UserMemory.TryWrite(task, answer, pair) ? 0 : (long)CallError.BadAddress;
    }

    public static long Close(Task* task, ulong number)
    {
        if (number >= Task.Handles)
        {
            return (long)CallError.BadHandle;
        }

        task->Open.Close((int)number);
        return 0;
    }

    public static long Duplicate(Task* task, ulong number, ulong other)
    {
        if (number >= Task.Handles || other >= Task.Handles)
        {
            return (long)CallError.BadHandle;
        }

        if (number != other)
        {
            task->Open.Put((int)other, task->Open[(int)number]);
        }

        return (long)other;
    }

    private static bool TryReadName(Task* task, ulong name, ulong length, byte* bytes, out ReadOnlySpan<byte> text)
    {
        var copy = new Span<byte>(bytes, length <= FileNode.LongestName ? (int)length : 0);
        text = copy;
        return !copy.IsEmpty && UserMemory.TryRead(task, name, copy);
    }

    // What is there already, at least one byte.
    private static int ReadConsole(Span<byte> to)
    {
        int count = 0;
        do
        {
            to[count++] = Uart.Read();
        }
        while (count < to.Length && Uart.HasInput);
        return count;
    }
}
