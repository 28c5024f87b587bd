// What lies on the kernel stack while the kernel works for a program: its registers, pushed by the stubs, and what the
// processor pushed or would have pushed. SDM 3A 7.14.2 64-Bit Mode Stack Frame.

using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Machine;

[StructLayout(LayoutKind.Sequential)]
internal struct Frame
{
    public ulong Rax;
    public ulong Rcx;
    public ulong Rdx;
    public ulong Rbx;
    public ulong Unused;
    public ulong Rbp;
    public ulong Rsi;
    public ulong Rdi;
    public ulong R8;
    public ulong R9;
    public ulong R10;
    public ulong R11;
    public ulong R12;
    public ulong R13;
    public ulong R14;
    public ulong R15;
    public ulong Vector;
    public ulong ErrorCode;
    public ulong Rip;
    public ulong Cs;
    public ulong Rflags;
    public ulong Rsp;
    public ulong Ss;

    public readonly bool IsFromProgram => (Cs & 3) == 3;
}
