// Which port leads to which chip, found without a search: a table with one place for several ports, filled when the
// guest begins. A place holds the port, the device and the offset; the first that comes keeps it, and who finds another
// port there takes the long way.

namespace MinusOne.Hv.Devices;

internal unsafe struct HotPorts
{
    private const uint Places = 64;
    private const int DeviceShift = 16;
    private const int OffsetShift = 24;

    private fixed uint _places[(int)Places];

    // 0: not here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(ushort port)
    {
        uint place = _places[PlaceOf(port)];
        return (ushort)place == port ? place : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Device DeviceOf(uint place) => (Device)(byte)(place >> DeviceShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint OffsetOf(uint place) => place >> OffsetShift;

    public void Add(in BoardRow row)
    {
        for (ulong port = row.First; port <= row.Last; port++)
        {
            ref uint place = ref _places[PlaceOf((ushort)port)];
            if (place == 0)
            {
                place = (uint)port | ((uint)row.Device << DeviceShift) | ((uint)(port - row.First) << OffsetShift);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint PlaceOf(ushort port) => (port ^ ((uint)port >> 6)) & (Places - 1);
}
