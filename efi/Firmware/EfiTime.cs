// A date and a time as firmware tells them. UEFI specification 8.3 Time Services.

using System.Runtime.InteropServices;
using MinusOne.Hv.Time;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct EfiTime
{
    private const ushort FirstYear = 2000;

    public ushort Year;
    public byte Month;
    public byte Day;
    public byte Hour;
    public byte Minute;
    public byte Second;
    public byte Reserved;
    public uint Nanosecond;
    public short TimeZone;
    public ushort DaylightAndReserved;

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
