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

    // One call for each vector, one behind the other: where a call came from tells the vector.
    public const string Entries = "InterruptEntries";

    private const uint InverseOfEntrySize = 0xCCCC_CCCD; // InterruptEntries.Size times this is 1 modulo 2^32
    private const int VectorInFrame = 16 * sizeof(ulong);
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
        stubs.Begin(Entries);
        for (int vector = 0; vector < vectors; vector++)
        {
            c.call(common);
        }

        stubs.Begin("InterruptCommon");
        stubs.Place(ref common);
        Complete(stubs);
        SwapBases(stubs, fromUserMode);
        Save(stubs);
        c.cld();
        NumberVector(stubs);
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

    // The processor aligns the stack before it pushes five words, and for some vectors an error code: SDM 3A 6.14.2
    // 64-Bit Mode Stack Frame. Where it pushed none there is one word less, and a zero takes its place.
    private static void Complete(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        Label complete = c.CreateLabel();
        c.test(spl, 8);
        c.jne(complete);
        c.push(__qword_ptr[rsp]);
        c.and(__qword_ptr[rsp + 8], 0);
        stubs.Place(ref complete);
    }

    // From the address behind the entry's call to the number of the entry: an exact division.
    private static void NumberVector(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.LoadAddress(Entries);
        c.mov(edx, __dword_ptr[rcx + VectorInFrame]);
        c.sub(edx, eax);
        c.imul(edx, edx, unchecked((int)InverseOfEntrySize));
        c.dec(edx);
        c.mov(__qword_ptr[rcx + VectorInFrame], rdx);
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
}
