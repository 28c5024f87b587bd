// The system calls: number in RAX, arguments in RDX, R8 and R9, answer in RAX. A negative answer is a CallError.
namespace MinusOne.Guests.Kernel.Shared;

internal enum Call : uint
{
    // (status): does not return.
    Exit,

    // (handle, bytes, count) -> how many. A read of 0 bytes is the end.
    Read,
    Write,

    // () -> 0 in the child, the child's id in the parent.
    Fork,

    // (line, length): the program that the first word names, with the line.
    Exec,

    // (id or 0 for any, ExitReport*) -> the id of the child that ended.
    Wait,

    // (nanoseconds)
    Sleep,

    // () -> nanoseconds since the start.
    Time,
    Yield,

    // (int*): two handles, for reading and for writing.
    Pipe,
    Close,

    // (handle, other): the other becomes the same.
    Duplicate,

    // (name, length, OpenMode) -> handle
    Open,
    Remove,

    // (bytes) -> where the heap ended before.
    Extend,

    // (0 to 7)
    SetPriority,

    // (SystemInformation*), (index, TaskInformation*), (index, FileInformation*)
    GetSystem,
    GetTask,
    GetFile,

    // (0 off, 1 restart)
    Power,
    GetId,

    // (id): ends it, if it is a descendant.
    Kill,

    // (processor) -> how many turns it has given.
    GetTurns,

    // (trial) -> 1 if all processors together did well in it.
    TryProcessors,
}

internal enum OpenMode : uint
{
    Read,

    // From the start: what was there is gone.
    Write,
    Append,
}
