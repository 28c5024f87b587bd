// The programs in the programs' image, in the order of Programs/Start.cs: each name ends with a blank.

using System;

namespace MinusOne.Guests.Kernel.Shared;

internal static class ProgramNames
{
    public static ReadOnlySpan<byte> All =>
        "shell help echo ps free uptime sleep cat ls primes crash selftest soak poweroff reboot "u8;
}
