// The memory map as firmware writes it, without a judgement: whether an address is memory at all. UEFI specification
// 7.2.
namespace MinusOne.Efi.Firmware;

internal unsafe struct MemoryListing
{
    // More descriptors than any known firmware has: some 5,000.
    public const int Pages = 64;

    private readonly byte* _map;
    private readonly ulong _bytes;
    private readonly ulong _stride;

    public MemoryListing(byte* map, ulong bytes, ulong stride)
    {
        _map = map;
        _bytes = bytes;
        _stride = stride;
    }

    public readonly ulong Lines => _stride == 0 ? 0 : _bytes / _stride;

    public readonly ulong BytesOf(MemoryType type)
    {
        ulong pages = 0;
        for (ulong offset = 0; _stride != 0 && offset + _stride <= _bytes; offset += _stride)
        {
            var line = (MemoryDescriptor*)(_map + offset);
            pages += line->Type == type ? line->NumberOfPages : 0;
        }

        return pages << 12;
    }

    // Memory of anybody's, and no register of a device.
    public readonly bool IsRam(ulong address)
    {
        for (ulong offset = 0; _stride != 0 && offset + _stride <= _bytes; offset += _stride)
        {
            var line = (MemoryDescriptor*)(_map + offset);
            if (line->Type is not MemoryType.Reserved and not MemoryType.MemoryMappedIo
                and not MemoryType.MemoryMappedIoPortSpace
                && address >= line->PhysicalStart
                && (address - line->PhysicalStart) >> 12 < line->NumberOfPages)
            {
                return true;
            }
        }

        return false;
    }

    // All of it in one line of the map, and not where devices are.
    public readonly bool Holds(ulong address, ulong length)
    {
        for (ulong offset = 0; _stride != 0 && offset + _stride <= _bytes; offset += _stride)
        {
            var line = (MemoryDescriptor*)(_map + offset);
            ulong bytes = line->NumberOfPages * 4096;
            if (line->Type is not MemoryType.MemoryMappedIo and not MemoryType.MemoryMappedIoPortSpace
                and not MemoryType.Unusable
                && address >= line->PhysicalStart && length <= bytes && address - line->PhysicalStart <= bytes - length)
            {
                return true;
            }
        }

        return false;
    }
}
