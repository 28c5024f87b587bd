// The firmware's memory map as the hypervisor sees it. UEFI specification 7.2, table 7.10: what each type means once
// boot services have ended. Ours to give is what firmware calls free or has left; what the loader placed is the
// hypervisor itself.

using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Host;

internal static unsafe class FirmwareMap
{
    public static bool TryRead(byte* map, ulong size, ulong stride, ref PhysicalMap memory)
    {
        memory.Initialize(HostMemory.MapList, HostMemory.MapListLength);
        for (ulong offset = 0; offset + stride <= size; offset += stride)
        {
            var descriptor = (MemoryDescriptor*)(map + offset);
            var start = new Hpa(descriptor->PhysicalStart);
            Hpa end = start + (descriptor->NumberOfPages * 4096);
            if (!memory.TrySet(start, end, KindOf(descriptor->Type)))
            {
                return false;
            }
        }

        // The host leaves page 0 unmapped, so it cannot reach into a guest that has it: that guest gets a substitute.
        return memory.TrySet(default, new Hpa(4096), PhysicalKind.Reserved);
    }

    private static PhysicalKind KindOf(Firmware.MemoryType type) => type switch
    {
        Firmware.MemoryType.BootServicesCode => PhysicalKind.Usable,
        Firmware.MemoryType.BootServicesData => PhysicalKind.Usable,
        Firmware.MemoryType.Conventional => PhysicalKind.Usable,
        Firmware.MemoryType.LoaderCode => PhysicalKind.Hypervisor,
        Firmware.MemoryType.LoaderData => PhysicalKind.Hypervisor,
        Firmware.MemoryType.RuntimeServicesCode => PhysicalKind.RuntimeCode,
        Firmware.MemoryType.RuntimeServicesData => PhysicalKind.RuntimeData,
        Firmware.MemoryType.AcpiReclaim => PhysicalKind.AcpiReclaim,
        Firmware.MemoryType.AcpiNvs => PhysicalKind.AcpiNvs,
        Firmware.MemoryType.MemoryMappedIo => PhysicalKind.Mmio,
        Firmware.MemoryType.MemoryMappedIoPortSpace => PhysicalKind.Mmio,
        Firmware.MemoryType.Unusable => PhysicalKind.Unusable,
        _ => PhysicalKind.Reserved,
    };
}
