// What firmware says of the machine, asked for while it is there: the map of memory, ACPI's tables, and the processors.
// The first two stay where they are after firmware has left.

using MinusOne.Efi.Firmware;
using MinusOne.Efi.Metal.Clocks;

namespace MinusOne.Efi.Metal;

internal static unsafe class MachineTables
{
    private static FirmwareTables s_acpi;
    private static MemoryListing s_map;
    private static ProcessorList s_processors;

    public static ref readonly FirmwareTables Acpi => ref s_acpi;

    public static ref readonly MemoryListing Map => ref s_map;

    public static ref readonly ProcessorList Processors => ref s_processors;

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
            s_processors = ProcessorList.Of(s_acpi.Find(FirmwareTables.Madt));
        }
    }

    // A table that was never filled in lists one processor. Firmware's own services name those that it has met.
    public static void AskForProcessors()
    {
        var name = Firmware.Guid.ProcessorServices;
        ProcessorServices* services;
        ulong count, enabled;
        if (Services.Boot->LocateProtocol(&name, null, (void**)&services) != EfiStatus.Success
            || services->GetNumberOfProcessors(services, &count, &enabled) != EfiStatus.Success)
        {
            return;
        }

        for (ulong i = 0; i < count; i++)
        {
            ProcessorInformation one;
            if (services->GetProcessorInfo(services, i, &one) == EfiStatus.Success && one.IsUsable)
            {
                s_processors.Add((uint)one.ApicId);
            }
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
