// One flag of RFLAGS at a time.

using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits.Decode;

internal static class StatusFlags
{
    public static void Set(ref Rflags rflags, Rflags flag, bool value) =>
        rflags = value ? rflags | flag : rflags & ~flag;
}
