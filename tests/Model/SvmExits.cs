// Exits that only SVM has, by name, and what SVM says where VT-x says something else. AMD APM 2 15.9 Instruction
// Intercepts, Appendix C SVM Intercept Exit Codes. The numbers are written out here anew, not taken from hv/.
namespace MinusOne.Tests.Model;

internal static class SvmExits
{
    private const ulong Present = 1, Write = 2, User = 4, Reserved = 8, Fetch = 16;
    private const ulong AtFinal = 1ul << 32, InTables = 1ul << 33;

    public static GuestExit Vmmcall() => Instruction(0x81, 3);

    // The intercept comes before the trap.
    public static GuestExit Icebp() => Instruction(0x88, 1);

    public static GuestExit Iret() => new(ExitReason.NmiWindow) { SvmCode = 0x74 };

    public static GuestExit Instruction(ulong code, uint length) => Of(code) with { InstructionLength = length };

    public static GuestExit Of(ulong code, ulong info1 = 0, ulong info2 = 0) =>
        new(ExitReason.Vmxon) { SvmCode = code, SvmInfo1 = info1, SvmInfo2 = info2 };

    public static GuestExit TaskSwitch(ushort selector, bool byIret, bool byJump) =>
        Of(0x7D, selector, (byIret ? 1ul << 36 : 0) | (byJump ? 1ul << 38 : 0));

    public static GuestExit NestedPageFault(
        ulong address, Access access, bool isPresent, bool isReserved = false, bool isFinal = true) =>
        Of(0x400,
            (isPresent ? Present : 0) | ((access & Access.Write) != 0 ? Write : 0) | User
                | (isReserved ? Reserved : 0) | ((access & Access.Execute) != 0 ? Fetch : 0)
                | (isFinal ? AtFinal : InTables),
            address);

    // Exit code and the two words beside it; null is what the manual leaves undefined.
    public static (ulong Code, ulong? Info1, ulong? Info2) Say(GuestExit exit, ulong rip)
    {
        ulong told = exit.Qualification;
        if (exit.SvmCode is ulong code)
        {
            return (code, exit.SvmInfo1, exit.SvmInfo2);
        }

        return exit.Reason switch
        {
            ExitReason.ExceptionOrNmi => SayEvent(exit),
            ExitReason.IoInstruction => (0x7B, SayPort(told), rip + exit.InstructionLength.Value),
            ExitReason.Rdmsr => (0x7C, 0, null),
            ExitReason.Wrmsr => (0x7C, 1, null),
            ExitReason.ControlRegisterAccess => (SayControlRegister(told), null, null),
            ExitReason.MovDr => ((told & 7) | ((told & 16) != 0 ? 0x20u : 0x30), null, null),
            ExitReason.EptViolation => Say(
                NestedPageFault(
                    exit.GuestPhysicalAddress.Value, (Access)(told & 7), (told & 0x38) != 0, false,
                    (told & 0x100) != 0), rip),
            _ => (Plain(exit.Reason), null, null),
        };
    }

    private static (ulong Code, ulong? Info1, ulong? Info2) SayEvent(GuestExit exit)
    {
        uint vector = exit.Interruption.Value & 0xFF;
        bool isNmi = ((exit.Interruption.Value >> 8) & 7) == 2;
        return isNmi ? (0x61, null, null)
            : (0x40 + vector, exit.InterruptionErrorCode, vector == 14 ? exit.Qualification : null);
    }

    // Size in bits 6:4; the address has 64 bits, and a string goes by way of DS or ES.
    private static ulong SayPort(ulong told)
    {
        bool isString = (told & 0x10) != 0;
        return (told & 0xFFFF_0000) | (((told & 7) + 1) << 4) | ((told & 8) >> 3) | (isString ? 4u | (3u << 10) : 0)
            | ((told & 0x20) >> 2) | (1u << 9);
    }

    // CLTS and LMSW count as writes of CR0.
    private static ulong SayControlRegister(ulong told) => ((told >> 4) & 3) switch
    {
        0 => 0x10 + (told & 15),
        1 => told & 15,
        _ => 0x10,
    };

    private static ulong Plain(ExitReason reason) => reason switch
    {
        ExitReason.ExternalInterrupt => 0x60,
        ExitReason.OtherSmi => 0x62,
        ExitReason.InitSignal => 0x63,
        ExitReason.InterruptWindow => 0x64,
        ExitReason.Rdtsc => 0x6E,
        ExitReason.Rdpmc => 0x6F,
        ExitReason.Cpuid => 0x72,
        ExitReason.Rsm => 0x73,
        ExitReason.Invd => 0x76,
        ExitReason.Pause => 0x77,
        ExitReason.Hlt => 0x78,
        ExitReason.Invlpg => 0x79,
        ExitReason.TripleFault => 0x7F,
        ExitReason.Rdtscp => 0x87,
        ExitReason.WbinvdOrWbnoinvd => 0x89,
        ExitReason.Monitor => 0x8A,
        ExitReason.Mwait => 0x8B,
        ExitReason.Xsetbv => 0x8D,
        ExitReason.Invpcid => 0xA2,
        _ => throw new SoftCpuException($"SVM has no exit for {reason}"),
    };
}
