// Instructions that a program should not execute, and registers held in a way that C# cannot (Stubs/ProgramStubs.cs).

using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Guests.Kernel.User;

internal static unsafe class Faults
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InvalidInstruction")]
    public static extern void InvalidInstruction();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "DisableInterrupts")]
    public static extern void DisableInterrupts();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "JumpTo")]
    public static extern void JumpTo(ulong address);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "DivideByZero")]
    public static extern void DivideByZero();

    // How many of XMM0-15, or YMM0-15, do not hold what was put into them, so many ticks later.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "HoldSse")]
    public static extern uint HoldSse(ulong seed, ulong ticks);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "HoldAvx")]
    public static extern uint HoldAvx(ulong seed, ulong ticks);
}
