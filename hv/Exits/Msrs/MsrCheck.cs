// What a value must be to be written; anything else is #GP(0).

namespace MinusOne.Hv.Exits.Msrs;

internal enum MsrCheck : byte
{
    Any,

    // A linear address.
    Canonical,

    // The upper half is dropped.
    Low32,

    // Eight memory types.
    MemoryTypes,

    // Bits of IA32_DEBUGCTL that a guest is given: LBR and BTF.
    DebugBits,
}
