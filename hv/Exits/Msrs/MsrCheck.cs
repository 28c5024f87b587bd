// What a value must be to be written; anything else is #GP(0).

namespace MinusOne.Hv.Exits.Msrs;

internal enum MsrCheck : byte
{
    Any,

    // A linear address.
    Canonical,

    // The upper half is dropped.
    Low32,

    // Eight memory types; and of those, the ones that MTRRs know.
    MemoryTypes,
    RangeTypes,

    // The type of what is in no memory range.
    DefaultType,

    // IA32_MISC_ENABLE: what is not a guest's to change stays as it is.
    FastStrings,

    // Bits of IA32_DEBUGCTL that a guest is given: LBR and BTF.
    DebugBits,
}
