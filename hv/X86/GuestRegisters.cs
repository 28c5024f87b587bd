// The guest's registers that hardware leaves to us, as the world switch stores them. General registers stand in the
// order of their numbers in machine code, so that a decoded register number is an index. XMM6-15 and MXCSR are absent:
// the compiled hypervisor never touches them (the build refuses an image that does), so they stay in the processor.
// Offsets used by the stubs are taken from this very struct.
namespace MinusOne.Hv.X86;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GuestRegisters
{
    public ulong Rax;
    public ulong Rcx;
    public ulong Rdx;
    public ulong Rbx;

    // The VMCS holds RSP; this copy is valid only while an instruction is being emulated.
    public ulong Rsp;
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

    public fixed ulong Xmm[12];

    // 0: the VMCS is clear and wants VMLAUNCH; 1: VMRESUME.
    public ulong Launched;

    // What HOST_RSP in the VMCS holds, so that it is written only when it changes.
    public ulong HostRsp;

    // What the short path did with the exit before it left the rest to the run loop: Exits/Verdict.cs.
    public ulong Answer;

    // Where AMD's VMCB is; 0 on Intel's.
    public ulong Vmcb;

    // What is kept of the last exit, in the ring of this processor.
    public ExitRecord* Exit;

    // The register that has this number in an instruction encoding.
    [UnscopedRef]
    public ref ulong this[int number] => ref Unsafe.Add(ref Rax, number & 15);
}
