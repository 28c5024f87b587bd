// The programs in the programs' image, in the order of Programs/Start.cs: each name ends with a blank.

using System;

namespace MinusOne.Guests.Kernel.Shared;

internal static class ProgramNames
{
    public static ReadOnlySpan<byte> All =>
        "shell help echo ps free uptime cpuid time sleep cat ls rm primes "u8
        + "forktest pagetest fptest irqtest crash selftest soak poweroff reboot "u8;
}
