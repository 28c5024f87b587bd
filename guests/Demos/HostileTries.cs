// What the hostile guests try: machine code by kind, written as its bytes, because much of it has no name. RAX, RBX,
// RCX, RDX, RSI and RDI hold what the kind calls for. In 16-bit and 32-bit code the same bytes mean other things.

using System;
using System.Linq;

namespace MinusOne.Guests.Demos;

internal static class HostileTries
{
    // In the order of the summary. The kinds without tries of their own do something to the tries of all the others.
    public static (string Name, byte[][] Codes)[] Kinds { get; } =
    [
        ("instructions", Codes(
            "0F01C1 0F01C2 0F01C3 0F01C4 0F01D4", // VMCALL, VMLAUNCH, VMRESUME, VMXOFF, VMFUNC
            "0FC733 660FC733 F30FC733 0FC73B", // VMPTRLD, VMCLEAR, VMXON, VMPTRST
            "0F78C8 0F79C8 660F38800B 660F38810B 660F38820B", // VMREAD, VMWRITE, INVEPT, INVVPID, INVPCID
            "0F08 0F09 0F06 0F013B 0F01F8 0FAA 0F37", // INVD, WBINVD, CLTS, INVLPG, SWAPGS, RSM, GETSEC
            "0F33 0F31 0F01F9", // RDPMC, RDTSC, RDTSCP
            "0F01C8 0F01C9 F390 0FA2 0F01D0 0F01D1", // MONITOR, MWAIT, PAUSE, CPUID, XGETBV, XSETBV
            "0FC72B 0FC71B 0FC7F0 0FC7F8 0F01E0 0F01CA", // XSAVES, XRSTORS, RDRAND, RDSEED, SMSW, CLAC
            "0F01CF 0F01C0 0F01C5 0F01D7 660FAEF1", // ENCLS, ENCLV, PCONFIG, ENCLU, TPAUSE
            "0F0B 0FFF 06 D6 FA FB")), // UD2, UD0, PUSH ES, SALC, CLI, STI
        ("ports", Codes("EC 66ED ED EE 66EF EF 6C 6D 6E 6F F36C F36F")),
        ("RDMSR", Codes("0F32")),
        ("WRMSR", Codes("0F30")),
        ("control registers", Codes(
            "0F22C0 0F22D0 0F22E0 440F22C0 0F22C8 0F22E8", // MOV to CR0, 2, 4, 8, 1, 5
            "0F20C0 0F20D8 0F20E0 440F20C0 0F01F0")), // MOV from CR0, 3, 4, 8; LMSW
        ("debug registers", Codes(
            "0F23C0 0F23D8 0F23E0 0F23E8 0F23F0 0F23F8 0F21C0 0F21E0 0F21F0 0F21F8")),
        ("device memory", Codes(
            "8803 488903 668B03 488B437F F0480103 8703 F00FB10B", // MOV, LOCK ADD, XCHG, LOCK CMPXCHG
            "480FBA2B33 480FAB03 F3AB F3A4 A5 C11321 F613 FF0B", // BTS, REP STOS, REP MOVS, RCL, NOT, DEC
            "0FBE03 48C70301020384 F2AE F3A6 F08B03 670FC103", // MOVSX, SCAS, CMPS, LOCK MOV, XADD
            "480FA503 0FAC0B0D 0F38F003 660F38F10B")), // SHLD, SHRD, MOVBE
        ("selectors", Codes("8ED8 8EC0 8EE0 0F00D0 0F00D8 0F02C8 0F03C8 0F00E0 0F00E8")), // MOV, LLDT, LTR, LAR, LSL
        ("events", Codes(
            "CC F1 CD20 CD0D CD08 CDFF CD02 FB0FA2FA FBF4", // INT3, ICEBP, INT n, STI with CPUID, STI with HLT
            "9C804C2401019D0FA2 9C804C2401019D8B03 9C804C2401019DF3A4", // single steps
            "8CD08ED00FA2")), // CPUID in the shadow of MOV SS
        ("wild addresses", Codes(
            "488B03 488903 F0480103 FFE3 0F0113 0F001B A4 F3A4 0FAE3B 0F0103 0FC70B 480FC70B FF2B",
            "505348CB 505050505348CF 9C804C2401019D8ED1E480", // far returns to anywhere
            "0F05 0F07 0F34 0F35")), // SYSCALL, SYSRET, SYSENTER, SYSEXIT: to wherever their MSRs say
        ("asked events", Codes("0F01C1")),
        ("ring 3", []),
        ("broken gates", []),
        ("canonical edge", []),
    ];

    // What does no harm to a guest without paging: no jump, and no stack, can be anywhere.
    public static int Tame { get; } = FirstOf("wild addresses");

    public static int All { get; } = Kinds.Sum(kind => kind.Codes.Length);

    public static int KindOf(string name) => Array.FindIndex(Kinds, kind => kind.Name == name);

    // The index of its first try in the table of all.
    public static int FirstOf(string name) => Kinds.Take(KindOf(name)).Sum(kind => kind.Codes.Length);

    private static byte[][] Codes(params string[] lines) =>
        [.. lines.SelectMany(line => line.Split(' ')).Select(Convert.FromHexString)];
}
