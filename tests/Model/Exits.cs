// Exits by name, with exactly the fields that hardware defines for each. SDM 3C 29.2 Recording VM-Exit Information,
// qualifications by the tables of 29.2.1. The encodings are written out here anew, not taken from hv/.
namespace MinusOne.Tests.Model;

internal static class Exits
{
    public static GuestExit Cpuid() => Instruction(ExitReason.Cpuid, 2);

    public static GuestExit Hlt() => Instruction(ExitReason.Hlt, 1);

    public static GuestExit Pause() => Instruction(ExitReason.Pause, 2);

    public static GuestExit Rdtsc() => Instruction(ExitReason.Rdtsc, 2);

    public static GuestExit Rdtscp() => Instruction(ExitReason.Rdtscp, 3);

    public static GuestExit Rdmsr() => Instruction(ExitReason.Rdmsr, 2);

    public static GuestExit Wrmsr() => Instruction(ExitReason.Wrmsr, 2);

    public static GuestExit Xsetbv() => Instruction(ExitReason.Xsetbv, 3);

    public static GuestExit Vmcall() => Instruction(ExitReason.Vmcall, 3);

    public static GuestExit Invd() => Instruction(ExitReason.Invd, 2);

    public static GuestExit Wbinvd() => Instruction(ExitReason.WbinvdOrWbnoinvd, 2);

    public static GuestExit Invlpg(Gva address) =>
        Instruction(ExitReason.Invlpg, 3) with { Qualification = address.Value };

    // Port in DX, or immediate.
    public static GuestExit Io(bool isIn, int size, ushort port, bool immediate = false) =>
        Instruction(ExitReason.IoInstruction, (uint)((immediate ? 2 : 1) + (size == 2 ? 1 : 0))) with
        {
            Qualification = PortAccess(isIn, size, port) | (immediate ? 1ul << 6 : 0),
        };

    // INS or OUTS, with 64-bit addresses, OUTS through DS.
    public static GuestExit StringIo(bool isIn, int size, ushort port, Gva address, bool repeated) =>
        Instruction(ExitReason.IoInstruction, (uint)(1 + (repeated ? 1 : 0) + (size == 2 ? 1 : 0))) with
        {
            Qualification = PortAccess(isIn, size, port) | (1ul << 4) | (repeated ? 1ul << 5 : 0),
            GuestLinearAddress = address.Value,
            InstructionInformation = (2u << 7) | (isIn ? 0x0002_8000u : 3u << 15),
        };

    // The number of the general register is that of machine code.
    public static GuestExit MovToCr(int cr, int register) => ControlRegister(cr, 0, register);

    public static GuestExit MovFromCr(int cr, int register) => ControlRegister(cr, 1, register);

    public static GuestExit Clts() => Instruction(ExitReason.ControlRegisterAccess, 2) with { Qualification = 2u << 4 };

    public static GuestExit Lmsw(ushort source) => Instruction(ExitReason.ControlRegisterAccess, 3) with
    {
        Qualification = (3u << 4) | ((ulong)source << 16),
    };

    public static GuestExit MovDr(int dr, int register, bool isRead) => Instruction(ExitReason.MovDr, 3) with
    {
        Qualification = (uint)dr | (isRead ? 1ul << 4 : 0) | ((ulong)(uint)register << 8),
    };

    public static GuestExit EptViolation(Gpa address, Access access, Access allowed = Access.None) =>
        EptViolation(address, access, allowed, linear: new Gva(address.Value), isFinal: true);

    public static GuestExit EptViolation(Gpa address, Access access, Access allowed, Gva linear, bool isFinal) =>
        new(ExitReason.EptViolation)
        {
            Qualification = (ulong)access | ((ulong)allowed << 3) | (1ul << 7) | (isFinal ? 1ul << 8 : 0),
            GuestPhysicalAddress = address.Value,
            GuestLinearAddress = linear.Value,
            ResumeFlag = true,
        };

    public static GuestExit EptMisconfiguration(Gpa address) => new(ExitReason.EptMisconfiguration)
    {
        GuestPhysicalAddress = address.Value,
        ResumeFlag = true,
    };

    // With "acknowledge interrupt on exit" the vector; without, nothing.
    public static GuestExit ExternalInterrupt(byte? vector) => new(ExitReason.ExternalInterrupt)
    {
        Interruption = vector is byte acknowledged ? 0x8000_0000 | acknowledged : null,
        ResumeFlag = false,
    };

    public static GuestExit Nmi() => new(ExitReason.ExceptionOrNmi) { Interruption = 0x8000_0202, ResumeFlag = false };

    // A hardware exception. The qualification of #PF is its address, that of #DB what DR6 would say.
    public static GuestExit Exception(byte vector, uint? errorCode = null, ulong qualification = 0) =>
        new(ExitReason.ExceptionOrNmi)
        {
            Interruption = 0x8000_0300 | vector | (errorCode is null ? 0 : 1u << 11),
            InterruptionErrorCode = errorCode,
            Qualification = vector is 1 or 14 ? qualification : 0,
            ResumeFlag = vector != 1,
        };

    // INT3 and INTO.
    public static GuestExit SoftwareException(byte vector) => new(ExitReason.ExceptionOrNmi)
    {
        Interruption = 0x8000_0600 | vector,
        InstructionLength = 1,
        ResumeFlag = false,
    };

    public static GuestExit InterruptWindow() => new(ExitReason.InterruptWindow);

    public static GuestExit NmiWindow() => new(ExitReason.NmiWindow);

    public static GuestExit PreemptionTimer() => new(ExitReason.PreemptionTimerExpired);

    public static GuestExit TripleFault() => new(ExitReason.TripleFault);

    // A reason nobody has heard of, or one that has no builder.
    public static GuestExit Unknown(uint reason) => new((ExitReason)reason);

    public static GuestExit Instruction(ExitReason reason, uint length) => new(reason)
    {
        InstructionLength = length,
        ResumeFlag = false,
    };

    private static ulong PortAccess(bool isIn, int size, ushort port) =>
        (uint)(size - 1) | (isIn ? 1ul << 3 : 0) | ((ulong)port << 16);

    private static GuestExit ControlRegister(int cr, ulong type, int register) =>
        Instruction(ExitReason.ControlRegisterAccess, register < 8 && cr < 8 ? 3u : 4u) with
        {
            Qualification = (uint)cr | (type << 4) | ((ulong)(uint)register << 8),
        };
}
