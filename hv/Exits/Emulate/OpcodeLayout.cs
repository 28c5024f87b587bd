// What follows an opcode, one letter each, in the rows of the opcode maps. SDM 2 A.3 One, Two, and Three-Byte Opcode
// Maps. This covers what the decoder does not emulate, too, so that a report can show whole instructions.
//
//   -  nothing              m  ModRM                   r  ModRM that always names registers
//   b  8-bit immediate      B  ModRM and 8 bits        t  ModRM, and 8 bits if it is TEST (group 3)
//   z  16 or 32 bits        Z  ModRM and 16 or 32      T  ModRM, and 16 or 32 bits if it is TEST
//   v  operand size         w  16 bits                 e  24 bits (ENTER)
//   j  branch: 16 or 32     p  far pointer             o  an offset of address size
//   ?  prefix, escape, not defined, or several layouts (VEX, EVEX, XOP)
namespace MinusOne.Hv.Exits.Emulate;

internal static class OpcodeLayout
{
    public const byte Unknown = (byte)'?';
    public const byte Offset = (byte)'o';
    public const byte RegisterModRm = (byte)'r';

    private static ReadOnlySpan<byte> OneByteMap =>
        "mmmmbz--mmmmbz-?mmmmbz--mmmmbz--mmmmbz?-mmmmbz?-mmmmbz?-mmmmbz?-"u8 +
        "----------------------------------?m????zZbB----bbbbbbbbbbbbbbbb"u8 +
        "BZBBmmmmmmmmmmm?----------p-----oooo----bz------bbbbbbbbvvvvvvvv"u8 +
        "BBw-??BZe-w--b--mmmmbb--mmmmmmmmbbbbbbbbjjpb----?-??--tT------mm"u8;

    private static ReadOnlySpan<byte> TwoByteMap =>
        "mmmm?-----?-?m-Bmmmmmmmmmmmmmmmmrrrr????mmmmmmmm------?-????????"u8 +
        "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmBBBBmmm-?m??mmmm"u8 +
        "jjjjjjjjjjjjjjjjmmmmmmmmmmmmmmmm---mBm??---mBmmmmmmmmmmmmmBmmmmm"u8 +
        "mmBmBBBm--------mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"u8;

    // The opcode as its bytes read: 0x89, 0x0FB6, 0x0F38F0.
    public static byte Of(int opcode) => opcode switch
    {
        < 0x100 => OneByteMap[opcode],
        < 0x1000 => TwoByteMap[opcode & 0xFF],
        < 0x0F3900 => (byte)'m',
        _ => (byte)'B',
    };

    public static bool HasModRm(byte layout) => (char)layout is 'm' or 'r' or 'B' or 'Z' or 't' or 'T';

    // The size of what follows ModRM and its displacement.
    public static int ImmediateSize(byte layout, int extension, int operandSize, int addressSize, CodeSize code)
    {
        int word = Math.Min(operandSize, 4);
        return (char)layout switch
        {
            'b' or 'B' => 1,
            'z' or 'Z' => word,
            't' => extension < 2 ? 1 : 0,
            'T' => extension < 2 ? word : 0,
            'v' => operandSize,
            'w' => 2,
            'e' => 3,
            'j' => code == CodeSize.Bits64 ? 4 : word,
            'p' => word + 2,
            'o' => addressSize,
            _ => 0,
        };
    }
}
