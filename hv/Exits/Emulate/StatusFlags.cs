// One flag of RFLAGS at a time.

namespace MinusOne.Hv.Exits.Emulate;

internal static class StatusFlags
{
    public static void Set(ref Rflags rflags, Rflags flag, bool value) =>
        rflags = value ? rflags | flag : rflags & ~flag;
}
