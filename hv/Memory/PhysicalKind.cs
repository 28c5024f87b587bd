// What a range of host-physical memory is, after the firmware has been left. UEFI specification, Memory Type Usage
// after ExitBootServices: loader and boot-services memory is usable then, and has no kind of its own here.

using System;

namespace MinusOne.Hv.Memory;

internal enum PhysicalKind : byte
{
    // In no list: nothing answers there, or a device that nobody declared.
    Unlisted = 0,

    // Ours to give to a guest.
    Usable = 1,

    // Usable, and lent to a guest at its own address.
    Lent = 2,

    // The hypervisor's image, stacks, tables and frame pool.
    Hypervisor = 3,

    RuntimeCode = 4,
    RuntimeData = 5,
    AcpiReclaim = 6,
    AcpiNvs = 7,
    Reserved = 8,
    Mmio = 9,
    Unusable = 10,
}

internal static class PhysicalKinds
{
    // Whose it is.
    public static ReadOnlySpan<byte> Name(PhysicalKind kind) => kind switch
    {
        PhysicalKind.Lent => "lent to another guest"u8,
        PhysicalKind.Hypervisor => "the hypervisor's"u8,
        PhysicalKind.RuntimeCode or PhysicalKind.RuntimeData => "the firmware's runtime services"u8,
        PhysicalKind.AcpiReclaim or PhysicalKind.AcpiNvs => "ACPI's"u8,
        PhysicalKind.Reserved => "reserved"u8,
        PhysicalKind.Mmio => "devices"u8,
        PhysicalKind.Unusable => "broken memory"u8,
        _ => "no memory"u8,
    };
}
