// The image's side of hv/Host.cs.

using System;
using MinusOne.Efi.Console;

namespace MinusOne.Hv;

internal static unsafe partial class Host
{
    public static partial void Write(Output output, ReadOnlySpan<byte> text) => Streams.Write(output, text);

    public static partial bool TryRead(byte* input) => Streams.TryRead(out *input);
}
