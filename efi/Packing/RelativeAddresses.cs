// Code says how far away a function or a datum is; the same one looks different from everywhere. Before data is packed,
// these distances become places, which repeat; behind the unpacking they become distances again. What only looks like
// an instruction is turned like one: there and back is the same for any data.

namespace MinusOne.Efi.Packing;

internal static unsafe class RelativeAddresses
{
    private const byte Call = 0xE8;
    private const int Longest = 6;

    public static void ToPlaces(byte* data, int length) => Turn(data, length, toPlaces: true);

    public static void ToDistances(byte* data, int length) => Turn(data, length, toPlaces: false);

    private static void Turn(byte* data, int length, bool toPlaces)
    {
        for (int i = 0; i <= length - Longest; i++)
        {
            // CALL, or MOV and LEA with an address relative to RIP.
            int at = data[i] == Call ? i + 1 : (data[i] & 0xF8) == 0x88 && (data[i + 1] & 0xC7) == 5 ? i + 2 : 0;
            if (at == 0)
            {
                continue;
            }

            int end = at + sizeof(int);
            int value = *(int*)(data + at);
            if (value < -end || value >= length)
            {
                continue;
            }

            // What would leave the data on one side comes back on the other, so that nothing falls together.
            *(int*)(data + at) = toPlaces
                ? (value < length - end ? value + end : value - length)
                : (value >= 0 ? value - end : value + length);
            i = end - 1;
        }
    }
}
