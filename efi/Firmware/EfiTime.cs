// A date and a time as firmware tells them. UEFI specification 8.3 Time Services.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal struct EfiTime
{
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
}
