// What stands where the manual says "undefined": values nobody can take for real ones, different for each field.
// Bit 31 is clear, so that an interruption-information field never looks valid by accident.
namespace MinusOne.Tests.Model;

internal static class Poison
{
    public static ulong Of(uint field) => new VmcsEncoding(field).Width switch
    {
        VmcsFieldWidth.Bits16 => 0x7A00ul | (field & 0xFF),
        VmcsFieldWidth.Bits32 => 0x7AD0_0000ul | field,
        _ => 0x7AD0_7AD0_7AD0_0000ul | field,
    };
}
