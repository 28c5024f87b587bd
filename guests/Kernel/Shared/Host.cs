// The little of the hypervisor's hv/Host.cs that its text writer asks for: the kernel and its programs have one output
// each.

using System;

namespace MinusOne.Hv;

internal enum Output : byte
{
    Console,

    // The text writer names it; nobody here writes to it.
    Log,
}

internal static partial class Host
{
    public static partial void Write(Output output, ReadOnlySpan<byte> text);
}
