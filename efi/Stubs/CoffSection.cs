// One section of an object file, with the relocations inside it, and the two small vocabularies of the format that we
// use.

using System;
using System.Collections.Generic;

namespace MinusOne.Efi.Stubs;

internal sealed record CoffSection(int Number, string Name, SectionFlags Flags, byte[] Content)
{
    public List<(uint Offset, int Symbol, RelocationKind Kind)> Relocations { get; } = [];
}

[Flags]
internal enum SectionFlags : uint
{
    Code = 0x6050_0020, // code, align 16, execute, read
    ReadOnlyData = 0x4050_0040, // initialised data, align 16, read
    PageAlignedData = 0x40D0_0040, // initialised data, align 4096, read
}

internal enum RelocationKind : ushort
{
    Address64 = 1,
    Relative32 = 4,
}
