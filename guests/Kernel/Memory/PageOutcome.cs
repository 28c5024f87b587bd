// What became of an access that faulted.
namespace MinusOne.Guests.Kernel.Memory;

internal enum PageOutcome
{
    Done,
    Illegal,
    OutOfMemory,
}
