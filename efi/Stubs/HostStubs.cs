// What the host needs once firmware is gone: its descriptor tables, its own stack, and a way from every interrupt
// vector to C#. The frame that HostException gets is the struct HostFrame of efi/Host: registers in the order of their
// numbers, then what the processor pushed. XMM0-5 stay on the stack below it, because the interrupted C# may be in the
// middle of a copy.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class HostStubs
{
    private const int Vectors = 256;
    private const int XmmSpace = 6 * 16;
    private const int HomeSpace = 0x20;

    private static readonly AssemblerRegister64[] s_general =
        [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_xmm = [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5];

    public static void Emit(StubBuilder stubs)
    {
        DescriptorTables(stubs);
        Addresses(stubs);
        Waiting(stubs);
        Stack(stubs);
        Interrupts(stubs);
    }

    private static void DescriptorTables(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("LoadDescriptorTables"); // (gdtr*, idtr*): code is 8, data 10h, the task state segment 18h
        c.lgdt(__[rcx]);
        c.lidt(__[rdx]);
        Label reloaded = c.CreateLabel();
        c.pop(rdx);
        c.push(8);
        c.lea(rax, __[reloaded]);
        c.push(rax);
        c.db(0x48, 0xCB); // far return with 64-bit operands
        stubs.Place(ref reloaded);
        c.mov(eax, 0x10);
        c.mov(ss, eax);
        c.mov(ds, eax);
        c.mov(es, eax);
        c.mov(fs, eax);
        c.mov(gs, eax);
        c.mov(eax, 0x18);
        c.ltr(ax);
        c.jmp(rdx);
    }

    // C# cannot name a symbol of another object file; these functions return where it is.
    private static void Addresses(StubBuilder stubs)
    {
        foreach ((string function, string symbol) in new[]
        {
            ("RecoveryTableAddress", StubImage.RecoveryTable),
            ("VectorTableAddress", StubImage.VectorTable),
            ("ExitAddress", "Exit"),
            ("ImageBaseAddress", "__ImageBase"),
            ("NameArchiveAddress", NameArchive.Name),
        })
        {
            stubs.Begin(function);
            stubs.LoadAddress(symbol);
            stubs.Code.ret();
        }
    }

    private static void Waiting(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("DisableInterrupts");
        c.cli();
        c.ret();

        stubs.Begin("Halt");
        c.hlt();
        c.ret();
    }

    // Leaves the firmware's stack for good: (top of the new stack) -> RunOnOwnStack, which does not return.
    private static void Stack(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("ContinueOnStack");
        c.lea(rsp, __[rcx - HomeSpace]);
        c.xor(ebp, ebp);
        stubs.CallManaged("RunOnOwnStack");
        c.ud2();

        // (function, table, a, b): calls function(a, b, 0, 0) under other page tables, and comes back
        stubs.Begin("CallFirmware");
        c.push(rbx);
        c.push(rsi);
        c.sub(rsp, 0x28);
        c.mov(rbx, cr3);
        c.mov(cr3, rdx);
        c.mov(rax, rcx);
        c.mov(rcx, r8);
        c.mov(rdx, r9);
        c.xor(r8d, r8d);
        c.xor(r9d, r9d);
        c.call(rax);
        c.mov(cr3, rbx);
        c.add(rsp, 0x28);
        c.pop(rsi);
        c.pop(rbx);
        c.ret();
    }

    private static void Interrupts(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        Label common = c.CreateLabel();
        for (int vector = 0; vector < Vectors; vector++)
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
        for (int i = s_general.Length - 1; i >= 0; i--)
        {
            c.push(s_general[i]);
        }

        c.mov(rcx, rsp);
        c.sub(rsp, XmmSpace + HomeSpace + 8); // the frame has 23 words: one more keeps the stack aligned
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movups(__xmmword_ptr[rsp + (HomeSpace + (16 * i))], s_xmm[i]);
        }

        c.cld();
        stubs.CallManaged("HostException");
        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movups(s_xmm[i], __xmmword_ptr[rsp + (HomeSpace + (16 * i))]);
        }

        c.add(rsp, XmmSpace + HomeSpace + 8);
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

        c.add(rsp, 16);
        c.iretq();
    }

    // SDM 3A 6.13 Error Code.
    private static bool PushesErrorCode(int vector) => vector is 8 or >= 10 and <= 14 or 17 or 21 or 29 or 30;
}
