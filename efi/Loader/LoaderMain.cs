// What firmware starts: takes memory, unpacks the hypervisor into it as firmware would have laid out its image, and
// calls its entry point with what firmware gave us. Nothing of this is used once the hypervisor runs.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Packing;

namespace MinusOne.Efi.Loader;

internal static unsafe class LoaderMain
{
    private const ulong Page = 4096;

    // C# wants a Main in every program. Firmware calls Start.
    private static void Main()
    {
    }

    [RuntimeExport("LoaderMain")]
    private static EfiStatus Start(void* handle, SystemTable* system)
    {
        ulong entered = LoaderTsc();
        BootServices* boot = system->BootServices;
        uint* packed = PackedImageAddress();
        int length = (int)packed[0];
        ulong pages = ((ulong)length + Page - 1) / Page;
        ulong address = 0;
        EfiStatus status = boot->AllocatePages(AllocateType.AnyPages, MemoryType.LoaderCode, pages, &address);
        if (status != EfiStatus.Success)
        {
            return status;
        }

        status = EfiStatus.LoadError;
        var image = new LoadedProgram((byte*)address);
        if (Archive.TryUnpack(
            new ReadOnlySpan<byte>(packed + 2, (int)packed[1]), new Span<byte>((byte*)address, length)))
        {
            RelativeAddresses.ToDistances((byte*)address, length);
            image.Relocate();
            status = image.TryProtect(boot) ? image.Run(handle, system, entered) : status;
            image.Unprotect(boot);
        }

        boot->FreePages(address, pages);
        return status;
    }

    // Two lengths, laid out and packed, and the packed bytes (Stubs/PackedImage.cs).
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "PackedImageAddress")]
    private static extern uint* PackedImageAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "LoaderTsc")]
    private static extern ulong LoaderTsc();
}
