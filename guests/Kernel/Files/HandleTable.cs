// What a program has open, by number: 0 is its input, 1 its output.

using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Files;

internal enum HandleKind : byte
{
    None,
    Console,
    PipeEnd,
    PipeStart,
    File,
}

[StructLayout(LayoutKind.Sequential)]
internal struct Handle
{
    public HandleKind Kind;

    // The pipe, or the file.
    public byte Index;
    public bool Writable;

    // The offset in the file.
    public int Position;
}

internal unsafe struct HandleTable
{
    private fixed ulong _handles[Task.Handles];

    public ref Handle this[int number]
    {
        get
        {
            fixed (ulong* handles = _handles)
            {
                return ref *(Handle*)(handles + number);
            }
        }
    }

    public void OpenConsole()
    {
        this[0] = this[1] = new Handle { Kind = HandleKind.Console };
    }

    // The number of a free one; -1 if all are in use.
    public int FindFree()
    {
        for (int i = 0; i < Task.Handles; i++)
        {
            if (this[i].Kind == HandleKind.None)
            {
                return i;
            }
        }

        return -1;
    }

    public void Put(int number, Handle handle)
    {
        Close(number);
        this[number] = handle;
        Pipes.Change(handle, 1);
    }

    public void Close(int number)
    {
        Handle handle = this[number];
        this[number] = default;
        Pipes.Change(handle, -1);
    }

    public void CopyFrom(ref HandleTable other)
    {
        for (int i = 0; i < Task.Handles; i++)
        {
            Put(i, other[i]);
        }
    }

    public void CloseAll()
    {
        for (int i = 0; i < Task.Handles; i++)
        {
            Close(i);
        }
    }
}
