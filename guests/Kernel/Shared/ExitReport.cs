// How a program ended, as whoever waited for it learns.

using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Shared;

[StructLayout(LayoutKind.Sequential)]
internal struct ExitReport
{
    public ExitKind Kind;

    // Its own number, if it returned.
    public uint Status;

    // The exception that ended it, its error code, CR2, and where it was.
    public uint Vector;
    public uint ErrorCode;
    public ulong Address;
    public ulong Rip;
}

internal enum ExitKind : uint
{
    Returned,
    Exception,
    OutOfMemory,
    Interrupted,
}
