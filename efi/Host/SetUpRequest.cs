// Asks firmware to stop at its set-up the next time it starts. UEFI specification 8.5.4 Exchanging information between
// the OS and Firmware.

using System;
using MinusOne.Efi.Firmware;
using Guid = MinusOne.Efi.Firmware.Guid;

namespace MinusOne.Efi.Host;

internal static unsafe class SetUpRequest
{
    private const ulong ToSetUp = 1;

    // Non-volatile, for boot services and for those after them.
    private const uint Attributes = 7;

    // False: this firmware has no such way.
    public static bool TryMake()
    {
        ulong supported = Read("OsIndicationsSupported\0");
        return (supported & ToSetUp) != 0 && TryWrite("OsIndications\0", Read("OsIndications\0") | ToSetUp);
    }

    // 0 where it does not exist.
    private static ulong Read(ReadOnlySpan<char> name)
    {
        ulong read = 0;
        ulong size = sizeof(ulong);
        Guid owner = Guid.GlobalVariable;
        EfiStatus status;
        fixed (char* start = name)
        {
            status = Services.System->RuntimeServices->GetVariable(start, &owner, null, &size, &read);
        }

        return status == EfiStatus.Success && size == sizeof(ulong) ? read : 0;
    }

    private static bool TryWrite(ReadOnlySpan<char> name, ulong value)
    {
        Guid owner = Guid.GlobalVariable;
        fixed (char* start = name)
        {
            return Services.System->RuntimeServices->SetVariable(start, &owner, Attributes, sizeof(ulong), &value)
                == EfiStatus.Success;
        }
    }
}
