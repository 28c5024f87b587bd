// An exit in words: its reason by the manual's name, and what its qualification and subject say.

using System;
using System.Globalization;
using System.Linq;
using System.Reflection;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class ExitWords
{
    private const int Known = 128;

    private static readonly string?[] s_names =
    [
        .. Enumerable.Range(0, Known).Select(number => typeof(ExitReason).GetField(((ExitReason)number).ToString())
            ?.GetCustomAttribute<SaysAttribute>()?.Text),
    ];

    public static string Reason(ushort reason, bool isSvm) => (ExitReason)reason switch
    {
        ExitReason.EptViolation when isSvm => "nested page fault",
        ExitReason.PreemptionTimerExpired when isSvm => "timer interrupt",
        ExitReason.InterruptWindow when isSvm => "VINTR",
        ExitReason.NmiWindow when isSvm => "IRET",
        ExitReason.Vmcall when isSvm => "VMMCALL",
        ExitReason.TripleFault when isSvm => "shutdown",
        _ => (reason < Known ? s_names[reason] : null) ?? $"reason {reason}",
    };

    // Empty where there is nothing to say.
    public static string Subject(in TraceExit exit, bool isSvm) => (ExitReason)exit.Reason switch
    {
        ExitReason.IoInstruction => Port(exit, isSvm),
        ExitReason.EptViolation => Memory(exit, isSvm),
        ExitReason.EptMisconfiguration => $"at {exit.Subject:X}",
        ExitReason.Rdmsr or ExitReason.Wrmsr => $"MSR {exit.Subject:X}",
        ExitReason.Cpuid => $"leaf {exit.Subject:X}",
        ExitReason.Vmcall => $"EAX {exit.Subject:X}",
        ExitReason.ControlRegisterAccess when !isSvm => ControlRegister(exit.Qualification),
        _ when exit.Qualification != 0 => $"{exit.Qualification:X}",
        _ => "",
    };

    public static string Then(Verdict verdict) =>
        verdict == 0 ? "" : verdict.HasFlag(Verdict.End) ? "ended"
        : verdict.HasFlag(Verdict.Advance) ? "went on" : "entered";

    public static string Hex(ulong value) => value.ToString("X", CultureInfo.InvariantCulture);

    private static string Port(in TraceExit exit, bool isSvm)
    {
        ulong told = exit.Qualification;
        bool isIn = ((isSvm ? told : told >> 3) & 1) != 0;
        ulong size = isSvm ? (told >> 4) & 7 : (told & 7) + 1;
        bool isString = ((isSvm ? told >> 2 : told >> 4) & 1) != 0;
        string port = $"{(told >> 16) & 0xFFFF:X4}";
        ulong value = exit.Subject & (ulong.MaxValue >> (int)(64 - (8 * Math.Clamp(size, 1, 8))));
        return isString ? $"{(isIn ? "INS" : "OUTS")} port {port}"
            : isIn ? $"IN {size} from {port}" : $"OUT {size} to {port}: {value:X}";
    }

    private static string Memory(in TraceExit exit, bool isSvm)
    {
        ulong told = exit.Qualification;
        string access = isSvm ? (told & 2) != 0 ? "write" : (told & 16) != 0 ? "fetch" : "read"
            : (told & 2) != 0 ? "write" : (told & 4) != 0 ? "fetch" : "read";
        return $"{access} {exit.Subject:X}";
    }

    private static string ControlRegister(ulong told) => ((told >> 4) & 3) switch
    {
        0 => $"MOV to CR{told & 15}",
        1 => $"MOV from CR{told & 15}",
        2 => "CLTS",
        _ => "LMSW",
    };
}
