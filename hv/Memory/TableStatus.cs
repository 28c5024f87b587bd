// How an operation on tables ends. Anything but Done leaves every translation as it was.

namespace MinusOne.Hv.Memory;

internal enum TableStatus : byte
{
    Done,

    // No frame left for a table.
    OutOfTables,

    // Not whole pages, empty, or beyond what the tables can address.
    BadRange,

    // Rights or a memory type that this kind of entry cannot say, or that this processor does not have.
    BadAttributes,

    // Map: something in the range is mapped already.
    AlreadyMapped,
}
