// What a range of host-physical memory is, after the firmware has been left. UEFI specification, Memory Type Usage
// after ExitBootServices: loader and boot-services memory is usable then, and has no kind of its own here.
namespace MinusOne.Hv.Memory;

internal enum PhysicalKind : byte
{
    // In no list: nothing answers there, or a device that nobody declared.
    [Says("no memory")] Unlisted = 0,

    // Ours to give to a guest.
    Usable = 1,

    // Usable, at its own address.
    [Says("lent to another guest")] Lent = 2,

    // Its image, stacks, tables and frame pool.
    [Says("the hypervisor's")] Hypervisor = 3,
    [Says("the firmware's runtime services")] RuntimeCode = 4,
    [Says("the firmware's runtime services")] RuntimeData = 5,
    [Says("ACPI's")] AcpiReclaim = 6,
    [Says("ACPI's")] AcpiNvs = 7,
    [Says("reserved")] Reserved = 8,
    [Says("devices")] Mmio = 9,
    [Says("broken memory")] Unusable = 10,
}
