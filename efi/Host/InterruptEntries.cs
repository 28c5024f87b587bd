// The entries of the IDT's vectors: one call for each (Stubs/InterruptStubs.cs), for the host and the guest kernel.
namespace MinusOne.Efi.Host;

internal static class InterruptEntries
{
    // Bytes from one entry to the next.
    public const int Size = 5;
}
