// The bytes of a script's instructions: SVM tells neither operands nor, on older processors, lengths, so what a guest
// executes is read from its memory, where it has to stand. AMD APM 3 General-Purpose and System Instructions.
namespace MinusOne.Tests.Model;

internal static class SvmCode
{
    // Null: of this exit the script says nothing, and the test has put its code there, if it is read at all.
    public static byte[] Of(GuestExit exit, bool is64Bit)
    {
        if (exit.SvmCode is ulong code)
        {
            return OfSvm(code);
        }

        ulong told = exit.Qualification;
        return exit.Reason switch
        {
            ExitReason.ControlRegisterAccess => ControlRegister(told, is64Bit),
            ExitReason.MovDr => [0x0F, (byte)((told & 16) != 0 ? 0x21 : 0x23), ModRm(told & 7, told >> 8)],
            ExitReason.Cpuid => [0x0F, 0xA2],
            ExitReason.Hlt => [0xF4],
            ExitReason.Pause => [0xF3, 0x90],
            ExitReason.Rdtsc => [0x0F, 0x31],
            ExitReason.Rdtscp => [0x0F, 0x01, 0xF9],
            ExitReason.Rdmsr => [0x0F, 0x32],
            ExitReason.Wrmsr => [0x0F, 0x30],
            ExitReason.Rdpmc => [0x0F, 0x33],
            ExitReason.Xsetbv => [0x0F, 0x01, 0xD1],
            ExitReason.Vmcall => [0x0F, 0x01, 0xC1],
            ExitReason.Invd => [0x0F, 0x08],
            ExitReason.WbinvdOrWbnoinvd => [0x0F, 0x09],
            ExitReason.Invlpg => [0x0F, 0x01, 0x38],
            ExitReason.Monitor => [0x0F, 0x01, 0xC8],
            ExitReason.Mwait => [0x0F, 0x01, 0xC9],
            _ => null,
        };
    }

    public static byte[] Interrupt(byte vector) => [0xCD, vector];

    private static byte[] OfSvm(ulong code) => code switch
    {
        0x80 => [0x0F, 0x01, 0xD8],
        0x81 => [0x0F, 0x01, 0xD9],
        0x82 => [0x0F, 0x01, 0xDA],
        0x83 => [0x0F, 0x01, 0xDB],
        0x84 => [0x0F, 0x01, 0xDC],
        0x85 => [0x0F, 0x01, 0xDD],
        0x86 => [0x0F, 0x01, 0xDE],
        0x88 => [0xF1],
        0x8E => [0x0F, 0x01, 0xFD],
        0x7A => [0x0F, 0x01, 0xDF],
        _ => null,
    };

    // CR8 is reached by REX in 64-bit code, and by LOCK elsewhere. Which general register it is, has to be below 8.
    private static byte[] ControlRegister(ulong told, bool is64Bit)
    {
        ulong type = (told >> 4) & 3;
        if (type > 1)
        {
            return type == 2 ? [0x0F, 0x06] : [0x0F, 0x01, 0xF0];
        }

        byte opcode = (byte)(type == 0 ? 0x22 : 0x20), operands = ModRm(told & 7, told >> 8);
        return (told & 8) == 0 ? [0x0F, opcode, operands] : [(byte)(is64Bit ? 0x44 : 0xF0), 0x0F, opcode, operands];
    }

    private static byte ModRm(ulong register, ulong general) => (byte)(0xC0 | (register << 3) | (general & 7));
}
