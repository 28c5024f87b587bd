// Registers in memory, at the device that a test has put there; nobody answers with ones.

using System;

namespace MinusOne.Efi.Metal;

internal static class Mmio
{
    [ThreadStatic]
    private static IRegisters s_device;

    public static IRegisters Device { set => s_device = value; }

    public static IRegisters Current => s_device;

    public static uint Read(ulong address) => s_device?.Read((uint)address) ?? uint.MaxValue;

    public static void Write(ulong address, uint value) => s_device?.Write((uint)address, value);
}

// A test's device is at address 0.
internal interface IRegisters
{
    uint Read(uint offset);

    void Write(uint offset, uint value);
}
