// The place where the world switch must keep each register, measured on the struct itself; the stubs take their offsets
// by other means.

using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace MinusOne.Tests.Unit.Stubs;

internal static unsafe class GuestRegisterSlots
{
    static GuestRegisterSlots()
    {
        GuestRegisters r = default;
        var general = new Dictionary<Register, nint>
        {
            [Register.RAX] = Distance(ref r, ref r.Rax),
            [Register.RCX] = Distance(ref r, ref r.Rcx),
            [Register.RDX] = Distance(ref r, ref r.Rdx),
            [Register.RBX] = Distance(ref r, ref r.Rbx),
            [Register.RBP] = Distance(ref r, ref r.Rbp),
            [Register.RSI] = Distance(ref r, ref r.Rsi),
            [Register.RDI] = Distance(ref r, ref r.Rdi),
            [Register.R8] = Distance(ref r, ref r.R8),
            [Register.R9] = Distance(ref r, ref r.R9),
            [Register.R10] = Distance(ref r, ref r.R10),
            [Register.R11] = Distance(ref r, ref r.R11),
            [Register.R12] = Distance(ref r, ref r.R12),
            [Register.R13] = Distance(ref r, ref r.R13),
            [Register.R14] = Distance(ref r, ref r.R14),
            [Register.R15] = Distance(ref r, ref r.R15),
        };
        General = general;
        Launched = Distance(ref r, ref r.Launched);
        HostRsp = Distance(ref r, ref r.HostRsp);
        Answer = Distance(ref r, ref r.Answer);
        Exit = Answer + Marshal.OffsetOf<GuestRegisters>(nameof(r.Exit))
            - Marshal.OffsetOf<GuestRegisters>(nameof(r.Answer));
        Xmm = Distance(ref r, ref r.Xmm[0]);
    }

    // All but RSP, which the VMCS holds.
    public static IReadOnlyDictionary<Register, nint> General { get; }

    // XMM0-5, one after the other.
    public static nint Xmm { get; }

    public static nint Launched { get; }

    public static nint HostRsp { get; }

    public static nint Answer { get; }

    // Where the newest record of the ring is.
    public static nint Exit { get; }

    private static nint Distance(ref GuestRegisters start, ref ulong field) =>
        Unsafe.ByteOffset(ref Unsafe.As<GuestRegisters, byte>(ref start), ref Unsafe.As<ulong, byte>(ref field));
}
