// The time of day, as long as somebody can be asked for it. UEFI specification 8.3 Time Services.
namespace MinusOne.Efi.Firmware;

internal static unsafe class FirmwareClock
{
    private const ushort FirstYear = 2000;

    // As Calendar counts; the year 2000 where firmware has no clock.
    public static ulong Read()
    {
        EfiTime time = default;
        if (Services.System->RuntimeServices->GetTime(&time, null) != EfiStatus.Success)
        {
            time = new EfiTime { Year = FirstYear, Month = 1, Day = 1 };
        }

        return new Calendar
        {
            Year = time.Year,
            Month = time.Month,
            Day = time.Day,
            Hour = time.Hour,
            Minute = time.Minute,
            Second = time.Second,
        }.ToSeconds();
    }
}
