// What firmware says of the machine, asked for once while it is there: the map of memory and ACPI's tables. Both stay
// where they are after firmware has left.

using MinusOne.Efi.Firmware;
using MinusOne.Efi.Metal.Clocks;

namespace MinusOne.Efi.Metal;

internal static unsafe class MachineTables
{
    private static FirmwareTables s_acpi;
    private static MemoryListing s_map;

    public static ref readonly FirmwareTables Acpi => ref s_acpi;

    public static ref readonly MemoryListing Map => ref s_map;

    // Without memory for the map there are no tables.
    public static void Read()
    {
        ulong size = MemoryListing.Pages * LoanedPages.PageSize;
        ulong key, stride;
        uint version;
        if (LoanedPages.Take(MemoryListing.Pages, out byte* map) == EfiStatus.Success
            && Services.Boot->GetMemoryMap(
                &size, (MemoryDescriptor*)map, &key, &stride, &version) == EfiStatus.Success)
        {
            var pointer = (byte*)Services.TableOf(Firmware.Guid.Acpi2);
            pointer = pointer != null ? pointer : (byte*)Services.TableOf(Firmware.Guid.Acpi1);
            s_map = new MemoryListing(map, size, stride);
            s_acpi = new FirmwareTables(pointer, s_map);
        }
    }

    // In ticks a second; 0 without a clock. Firmware's interrupts would be in the way.
    public static ulong MeasureTsc()
    {
        TaskPriority before = Services.Boot->RaiseTpl(TaskPriority.High);
        ulong hertz = TscClock.Measure(s_acpi);
        Services.Boot->RestoreTpl(before);
        return hertz;
    }
}
