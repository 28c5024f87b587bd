// Every register a called piece of machine code finds and leaves. General registers stand in the order of their
// numbers.
namespace MinusOne.Tests.Unit.Native;

internal unsafe struct NativeRegisters
{
    public const int Rax = 0;
    public const int Rcx = 1;
    public const int Rdx = 2;
    public const int Rbx = 3;
    public const int Rsp = 4;
    public const int Rbp = 5;
    public const int Rsi = 6;
    public const int Rdi = 7;
    public const int R8 = 8;
    public const int R9 = 9;

    public const int FunctionOffset = 16 * 8;
    public const int XmmOffset = 17 * 8;

    public fixed ulong General[16];
    public void* Function;
    public fixed ulong Xmm[32];
}
