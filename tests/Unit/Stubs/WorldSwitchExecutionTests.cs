// The world switch, executed. VMLAUNCH and VMRESUME become a jump into a "guest": code that notes every register it
// finds, puts another value into each, and goes to Exit, as the processor would.

using System;
using Iced.Intel;
using MinusOne.Tests.Unit.Native;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Unit.Stubs;

public sealed unsafe class WorldSwitchExecutionTests : IDisposable
{
    private const int Leaving = 1024;
    private const int Flags = 2048;
    private const int Records = 4096;
    private const ulong DirectionFlag = 1 << 10;
    private const byte SetDirection = 0xFD;

    private static readonly AssemblerRegister64[] s_general =
        [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_xmm = [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5];

    private readonly NativeCall _native = new();
    private readonly CodeMemory _notes = new(8192);
    private readonly PatchedStubs _stubs;

    public WorldSwitchExecutionTests()
    {
        _stubs = new PatchedStubs(
            new() { ["Guest"] = Guest(), ["FastExit"] = ShortPath(), ["FastDevice"] = OtherHalf() });
        *(void**)(_stubs["Guest"] + Guest().Length - 8) = _stubs["Exit"];
        _stubs.Patch("Enter", Mnemonic.Vmwrite, [SetDirection]);
        _stubs.Patch("Exit", Mnemonic.Vmread, []);
        *ShortAnswer = Verdict.Resume;
    }

    // What the guest found, and the stack pointer it found in place of its own.
    private NativeRegisters* Entered => (NativeRegisters*)_notes.Address;

    private NativeRegisters* Left => (NativeRegisters*)(_notes.Address + Leaving);

    // How many exits the short path finishes.
    private long* ShortExits => (long*)(_notes.Address + Flags + 8);

    private Verdict* ShortAnswer => (Verdict*)(_notes.Address + Flags + 16);

    private ExitRing* Ring => (ExitRing*)(_notes.Address + Records);

    private bool HostRspWasWritten => (*(ulong*)(_notes.Address + Flags) & DirectionFlag) != 0;

    public void Dispose()
    {
        _stubs.Dispose();
        _notes.Dispose();
        _native.Dispose();
    }

    [Theory]
    [InlineData(0u, Mnemonic.Vmlaunch, Mnemonic.Vmresume)]
    [InlineData(1u, Mnemonic.Vmresume, Mnemonic.Vmlaunch)]
    public void EveryRegisterTravelsBothWays(uint launched, Mnemonic entry, Mnemonic other)
    {
        _stubs.Patch("Enter", other, PatchedStubs.SetCarry);
        _stubs.PatchJump("Enter", entry, "Guest");
        GuestRegisters registers = GuestPattern(1);
        registers.Launched = launched;
        GuestRegisters before = registers;
        *Left = NativePattern(2);

        Assert.Equal((ulong)VmxResult.Succeed, _native.Invoke(_stubs["Enter"], (ulong)&registers));

        Assert.True(HostRspWasWritten);
        Assert.Equal(Entered->General[NativeRegisters.Rsp], registers.HostRsp);
        Assert.Equal(launched, registers.Launched);
        Assert.Equal(before.Rsp, registers.Rsp);
        for (int i = 0; i < 16; i++)
        {
            if (i != NativeRegisters.Rsp)
            {
                Assert.Equal(before[i], Entered->General[i]);
                Assert.Equal(Left->General[i], registers[i]);
            }
        }

        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(before.Xmm[i], Entered->Xmm[i]);
            Assert.Equal(Left->Xmm[i], registers.Xmm[i]);
        }
    }

    // Twice the short path finishes the exit and adds one to RAX; the third goes to the caller.
    [Fact]
    public void ShortPathGoesStraightBack()
    {
        _stubs.PatchJump("Enter", Mnemonic.Vmlaunch, "Guest");
        _stubs.PatchJump("Exit", Mnemonic.Vmresume, "Guest");
        GuestRegisters registers = GuestPattern(5);
        registers.Launched = 0;
        *Left = NativePattern(6);
        *ShortExits = 2;

        Assert.Equal((ulong)VmxResult.Succeed, _native.Invoke(_stubs["Enter"], (ulong)&registers));

        Assert.Equal((ulong)Verdict.AdvanceInLoop, registers.Answer);
        Assert.True(registers.Exit == (*Ring)[2].Next);
        Assert.NotEqual(0ul, registers.Exit->Time);
        Assert.Equal(0ul, (*Ring)[2].Time);
        Assert.Equal(Left->General[0] + 1, Entered->General[0]);
        for (int i = 1; i < 16; i++)
        {
            if (i != NativeRegisters.Rsp)
            {
                Assert.Equal(Left->General[i], Entered->General[i]);
                Assert.Equal(Left->General[i], registers[i]);
            }
        }

        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(Left->Xmm[i], Entered->Xmm[i]);
            Assert.Equal(Left->Xmm[i], registers.Xmm[i]);
        }
    }

    // It finds every register in the structure, and the guest finds every change: here RSI is one more.
    [Fact]
    public void OtherHalfHasAllRegisters()
    {
        const int Rsi = 6;
        _stubs.PatchJump("Enter", Mnemonic.Vmlaunch, "Guest");
        _stubs.PatchJump("Exit", Mnemonic.Vmresume, "Guest");
        GuestRegisters registers = GuestPattern(7);
        registers.Launched = 0;
        *Left = NativePattern(8);
        *ShortExits = 1;
        *ShortAnswer = Verdict.AllRegisters;

        Assert.Equal((ulong)VmxResult.Succeed, _native.Invoke(_stubs["Enter"], (ulong)&registers));

        Assert.Equal((ulong)Verdict.AdvanceInLoop, registers.Answer);
        Assert.Equal(Left->General[0] + 1, Entered->General[0]);
        Assert.Equal(Left->General[Rsi] + 1, Entered->General[Rsi]);
        for (int i = 1; i < 16; i++)
        {
            if (i is not (NativeRegisters.Rsp or Rsi))
            {
                Assert.Equal(Left->General[i], Entered->General[i]);
            }
        }
    }

    [Fact]
    public void HostRspIsWrittenOnlyWhenItChanges()
    {
        _stubs.PatchJump("Enter", Mnemonic.Vmlaunch, "Guest");
        GuestRegisters registers = GuestPattern(3);
        registers.Launched = 0;
        _native.Invoke(_stubs["Enter"], (ulong)&registers);
        Assert.True(HostRspWasWritten);
        _native.Invoke(_stubs["Enter"], (ulong)&registers);
        Assert.False(HostRspWasWritten);
        registers.HostRsp += 8;
        _native.Invoke(_stubs["Enter"], (ulong)&registers);
        Assert.True(HostRspWasWritten);
    }

    [Theory]
    [InlineData(0u, Mnemonic.Vmlaunch)]
    [InlineData(1u, Mnemonic.Vmresume)]
    public void RefusedEntryIsReported(uint launched, Mnemonic entry)
    {
        GuestRegisters registers = GuestPattern(4);
        registers.Launched = launched;
        registers.HostRsp = 0;
        _stubs.Patch("Enter", Mnemonic.Vmwrite, []);
        _stubs.Patch("Enter", entry, PatchedStubs.SetCarry);
        Assert.Equal((ulong)VmxResult.FailInvalid, _native.Invoke(_stubs["Enter"], (ulong)&registers));
        _stubs.Patch("Enter", entry, PatchedStubs.SetZero);
        Assert.Equal((ulong)VmxResult.FailValid, _native.Invoke(_stubs["Enter"], (ulong)&registers));
    }

    private GuestRegisters GuestPattern(int seed)
    {
        var random = new Random(seed);
        GuestRegisters registers;
        random.NextBytes(new Span<byte>(&registers, sizeof(GuestRegisters)));
        Ring->Connect(ref registers);
        return registers;
    }

    private static NativeRegisters NativePattern(int seed)
    {
        var random = new Random(seed);
        NativeRegisters registers;
        random.NextBytes(new Span<byte>(&registers, sizeof(NativeRegisters)));
        return registers;
    }

    // Changes all that a function may change.
    private byte[] ShortPath()
    {
        var c = new Assembler(64);
        Label leave = c.CreateLabel();
        c.mov(rax, (ulong)ShortExits);
        c.dec(__qword_ptr[rax]);
        c.js(leave);
        c.inc(__qword_ptr[rcx]);
        foreach (AssemblerRegister64 register in (AssemblerRegister64[])[rcx, rdx, r8, r9, r10, r11])
        {
            c.mov(register, 0x5A5A_5A5A_5A5AUL);
        }

        c.mov(eax, __dword_ptr[(ulong)ShortAnswer]);
        c.ret();
        c.Label(ref leave);
        c.mov(eax, (uint)Verdict.AdvanceInLoop);
        c.ret();
        return CodeMemory.Assemble(c, 0);
    }

    // Changes all that a function may change, and one that it may not.
    private static byte[] OtherHalf()
    {
        var c = new Assembler(64);
        c.inc(__qword_ptr[rcx + (8 * 6)]);
        foreach (AssemblerRegister64 register in (AssemblerRegister64[])[rcx, rdx, r8, r9, r10, r11])
        {
            c.mov(register, 0x5A5A_5A5A_5A5AUL);
        }

        c.mov(eax, (uint)Verdict.ResumeAll);
        c.ret();
        return CodeMemory.Assemble(c, 0);
    }

    // Ends in a jump through the eight bytes behind that.
    private byte[] Guest()
    {
        ulong notes = (ulong)_notes.Address;
        var c = new Assembler(64);
        c.mov(__qword_ptr[notes], rax);
        c.mov(rax, notes);
        for (int i = 1; i < s_general.Length; i++)
        {
            c.mov(__qword_ptr[rax + (8 * i)], s_general[i]);
        }

        for (int i = 0; i < s_xmm.Length; i++)
        {
            c.movups(__xmmword_ptr[rax + (NativeRegisters.XmmOffset + (16 * i))], s_xmm[i]);
            c.movups(s_xmm[i], __xmmword_ptr[rax + (Leaving + NativeRegisters.XmmOffset + (16 * i))]);
        }

        c.pushfq();
        c.pop(__qword_ptr[rax + Flags]);
        c.cld();
        for (int i = s_general.Length - 1; i >= 0; i--)
        {
            if (i != NativeRegisters.Rsp)
            {
                c.mov(s_general[i], __qword_ptr[rax + (Leaving + (8 * i))]);
            }
        }

        return [.. CodeMemory.Assemble(c, 0), 0xFF, 0x25, 0, 0, 0, 0, .. new byte[8]];
    }
}
