// Every vector of the host's IDT, executed: a frame as the processor pushes it, the entry point of the vector, and in
// place of HostException code that notes the frame and spoils what it may. Everything must come back but RIP and
// RFLAGS, which IRETQ loads.

extern alias stubs;

using System;
using System.Linq;
using Iced.Intel;
using MinusOne.Tests.Unit.Native;
using stubs::MinusOne.Efi.Host;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Unit.Stubs;

public sealed unsafe class InterruptStubTests : IDisposable
{
    private const int FrameWords = 23;
    private const ulong ErrorCode = 0x5EC7_0000;

    // SDM 3A 6.13 Error Code: #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, and AMD's #VC and #SX.
    private static readonly int[] s_withErrorCode = [8, 10, 11, 12, 13, 14, 17, 21, 29, 30];

    private readonly NativeCall _native = new();
    private readonly CodeMemory _memory = new(3 * 4096);
    private readonly PatchedStubs _stubs;

    public InterruptStubTests()
    {
        _stubs = new PatchedStubs(new() { ["HostException"] = NoteFrame() });
    }

    private ulong* Frame => (ulong*)_memory.Address;

    // RAX, RSP and RCX of the interrupted code, the vector's entry point, and where it comes back to.
    private ulong* Scratch => (ulong*)(_memory.Address + 8192);

    public void Dispose()
    {
        _stubs.Dispose();
        _memory.Dispose();
        _native.Dispose();
    }

    [Fact]
    public void EveryVectorArrivesWithItsFrameAndReturns()
    {
        var entries = (ulong)_stubs["InterruptEntries"];
        for (int vector = 0; vector < 256; vector++)
        {
            bool withErrorCode = s_withErrorCode.Contains(vector);
            ulong entry = entries + (ulong)(vector * InterruptEntries.Size);
            byte* code = _memory.Address + 4096;
            CodeMemory.Assemble(Interrupt(entry, withErrorCode), (ulong)code).CopyTo(_memory.Bytes[4096..]);
            NativeRegisters registers = NativeCall.Pattern();
            NativeRegisters before = registers;
            registers.Function = code;

            _native.Invoke(ref registers);

            for (int i = 0; i < 16; i++)
            {
                Assert.True(i == NativeRegisters.Rsp ||
                    before.General[i] == registers.General[i], $"vector {vector}: register {i}");
                Assert.True(i == NativeRegisters.Rsp ||
                    before.General[i] == Frame[i], $"vector {vector}: register {i} in the frame");
            }

            Assert.True(new Span<ulong>(before.Xmm, 32)
                .SequenceEqual(new Span<ulong>(registers.Xmm, 32)), $"vector {vector}: XMM");
            Assert.Equal([(ulong)vector, withErrorCode ? ErrorCode : 0], new ReadOnlySpan<ulong>(Frame + 16, 2)
                .ToArray());
            Assert.Equal(Scratch[4], Frame[18]); // RIP
            Assert.Equal(registers.General[NativeRegisters.Rsp], Frame[21] + 8); // RSP: one return address below
            Assert.Equal(8u, Frame[FrameWords] & 15);
            Assert.Equal(0u, Frame[FrameWords + 1] & (1 << 10)); // C# expects the direction flag clear
        }
    }

    // What the processor does: an aligned stack, SS, RSP, RFLAGS, CS, RIP, and for some vectors an error code.
    private Assembler Interrupt(ulong entry, bool withErrorCode)
    {
        var c = new Assembler(64);
        Label back = c.CreateLabel();
        c.mov(__qword_ptr[(ulong)Scratch], rax);
        c.mov(rax, (ulong)Scratch);
        c.mov(__qword_ptr[rax + 8], rsp);
        c.mov(__qword_ptr[rax + 16], rcx);
        c.mov(rcx, entry);
        c.mov(__qword_ptr[rax + 24], rcx);
        c.lea(rcx, __[back]);
        c.mov(__qword_ptr[rax + 32], rcx);
        c.and(rsp, -16);
        c.mov(ecx, ss);
        c.push(rcx);
        c.push(__qword_ptr[rax + 8]);
        c.pushfq();
        c.std();
        c.mov(ecx, cs);
        c.push(rcx);
        c.push(__qword_ptr[rax + 32]);
        if (withErrorCode)
        {
            c.push((int)ErrorCode);
        }

        c.push(__qword_ptr[rax + 24]);
        c.mov(rcx, __qword_ptr[rax + 16]);
        c.mov(rax, __qword_ptr[rax]);
        c.ret();
        c.Label(ref back);
        c.ret();
        return c;
    }

    private byte[] NoteFrame()
    {
        var c = new Assembler(64);
        Label next = c.CreateLabel();
        c.mov(rdx, (ulong)Frame);
        c.mov(__qword_ptr[rdx + (8 * FrameWords)], rsp);
        c.pushfq();
        c.pop(__qword_ptr[rdx + (8 * (FrameWords + 1))]);
        c.mov(r8d, FrameWords);
        c.Label(ref next);
        c.mov(rax, __qword_ptr[rcx + (r8 * 8) - 8]);
        c.mov(__qword_ptr[rdx + (r8 * 8) - 8], rax);
        c.dec(r8);
        c.jne(next);
        for (int i = 1; i <= 4; i++)
        {
            c.mov(__qword_ptr[rsp + (8 * i)], r8); // the home space of the arguments is ours to overwrite
        }

        foreach (AssemblerRegister64 register in (AssemblerRegister64[])[rax, rcx, rdx, r8, r9, r10, r11])
        {
            c.mov(register, 0xBAD);
        }

        foreach (AssemblerRegisterXMM register in (AssemblerRegisterXMM[])[xmm0, xmm1, xmm2, xmm3, xmm4, xmm5])
        {
            c.xorps(register, register);
        }

        c.ret();
        return CodeMemory.Assemble(c, 0);
    }
}
