// The way from an interrupt vector to a C# function and back: the host's, and the guest kernel's. The function gets a
// frame with the registers in the order of their numbers, then the vector and what the processor pushed. XMM0-5 stay on
// the stack below it, because the interrupted C# may be in the middle of a copy.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class InterruptStubs
{
    // What goes on at a frame: the return address of a task that has never run.
    public const string LeaveByFrame = "LeaveByFrame";

    private const int XmmSpace = 6 * 16;
    private const int HomeSpace = 0x20;
    private const int CodeSelector = 3 * 8; // behind the vector, the error code and RIP

    private static readonly AssemblerRegister64[] s_general =
        [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_xmm = [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5];

    // With `fromUserMode` the GS bases change places on the way from ring 3 and on the way back.
    public static void Emit(StubBuilder stubs, int vectors, string handler, bool fromUserMode)
    {
        Assembler c = stubs.Code;
        Label common = c.CreateLabel();
        for (int vector = 0; vector < vectors; vector++)
        {
            stubs.AddVector();
            if (!PushesErrorCode(vector))
            {
                c.push(0);
            }

            c.push(vector);
            c.jmp(common);
        }

        stubs.Begin("InterruptCommon");
        stubs.Place(ref common);
        SwapBases(stubs, fromUserMode);
        Save(stubs);
        c.cld();
        stubs.CallManaged(handler);
        Restore(stubs);
        if (fromUserMode)
        {
            stubs.Begin(LeaveByFrame);
        }

        PopGeneral(c);
        SwapBases(stubs, fromUserMode);
        c.add(rsp, 16);
        c.iretq();
    }

    public static void PushGeneral(Assembler c)
    {
        for (int i = s_general.Length - 1; i >= 0; i--)
        {
            c.push(s_general[i]);
        }
    }

    public static void PopGeneral(Assembler c)
    {
        foreach (AssemblerRegister64 register in s_general)
        {
            if (register == rsp)
            {
                c.add(rsp, 8); // RSP comes back with IRETQ
            }
            else
            {
                c.pop(register);
            }
        }
    }

    private static void Save(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        PushGeneral(c);
        c.mov(rcx, rsp);
        c.sub(rsp, XmmSpace + HomeSpace + 8); // the frame has 23 words: one more keeps the stack aligned
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movups(__xmmword_ptr[rsp + (HomeSpace + (16 * i))], s_xmm[i]);
        }
    }

    private static void Restore(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movups(s_xmm[i], __xmmword_ptr[rsp + (HomeSpace + (16 * i))]);
        }

        c.add(rsp, XmmSpace + HomeSpace + 8);
    }

    // The low bits of the interrupted CS are the ring.
    private static void SwapBases(StubBuilder stubs, bool fromUserMode)
    {
        if (fromUserMode)
        {
            Assembler c = stubs.Code;
            Label kernel = c.CreateLabel();
            c.test(__byte_ptr[rsp + CodeSelector], 3);
            c.je(kernel);
            c.swapgs();
            stubs.Place(ref kernel);
        }
    }

    // SDM 3A 6.13 Error Code.
    private static bool PushesErrorCode(int vector) => vector is 8 or >= 10 and <= 14 or 17 or 21 or 29 or 30;
}
