// What became of the bytes. Everything but Ok leaves the instruction undecoded; its length is then the true one or,
// where it is not known, zero.

namespace MinusOne.Hv.Exits.Emulate;

internal enum DecodeStatus : byte
{
    Ok,

    // The instruction goes on behind the bytes given: fetch more, or raise the fault that the fetch gives.
    Truncated,

    // Longer than 15 bytes: #GP(0).
    TooLong,

    // #UD.
    Invalid,

    // Perhaps a fine instruction, but not one that is emulated here.
    Unsupported,
}
