// What a system call answers when it cannot do what it was asked for: small negative numbers.
namespace MinusOne.Guests.Kernel.Shared;

internal enum CallError
{
    None = 0,
    NotFound = -1,
    BadAddress = -2,
    OutOfMemory = -3,
    BadHandle = -4,
    Full = -5,
    NoChild = -6,
    BrokenPipe = -7,
    ReadOnly = -8,
    Unknown = -9,
}
