// Stubs that a host program may run, run; and stubs with one privileged instruction, with that instruction replaced by
// one that sets the flags it would set.

using System;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using MinusOne.Tests.Unit.Native;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Unit.Stubs;

public sealed unsafe class StubExecutionTests : IDisposable
{
    private readonly NativeCall _native = new();
    private readonly CodeMemory _arguments = new(4096);
    private readonly PatchedStubs _stubs;

    public StubExecutionTests()
    {
        _stubs = new PatchedStubs(new()
        {
            ["VmcsFieldFailed"] = _native.Escape,
            ["RunOnOwnStack"] = StackThenEscape(),
            ["Firmware"] = RecordArguments(),
        });
    }

    public void Dispose()
    {
        _stubs.Dispose();
        _arguments.Dispose();
        _native.Dispose();
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(7u, 0u)]
    [InlineData(0x8000_0002u, 0u)]
    [InlineData(0x8000_0004u, 0u)]
    public void Cpuid(uint leaf, uint subleaf)
    {
        CpuidResult result;
        _native.Invoke(_stubs["Cpuid"], leaf, subleaf, (ulong)&result);
        (int eax, int ebx, int ecx, int edx) = X86Base.CpuId((int)leaf, (int)subleaf);
        Assert.Equal(((uint)eax, (uint)ebx, (uint)ecx, (uint)edx), (result.Eax, result.Ebx, result.Ecx, result.Edx));
    }

    [Fact]
    public void ReadTscGoesForward()
    {
        ulong before = _native.Invoke(_stubs["ReadTsc"]);
        _native.Invoke(_stubs["Pause"]);
        ulong after = _native.Invoke(_stubs["ReadTsc"]);
        Assert.InRange(after - before, 1u, 1ul << 40);
    }

    // Thirty-two calls that nothing returns from but the last, to whoever called the stub.
    [Fact]
    public void FillReturnsComesBack()
    {
        NativeRegisters registers = NativeCall.Pattern();
        registers.Function = _stubs["FillReturns"];
        _native.Invoke(ref registers);
        _native.Invoke(_stubs["ClearBuffers"]);
        int calls = 0;
        Instruction instruction = StubCode.Machine.Decode(StubCode.OffsetOf("FillReturns"));
        for (; instruction.Mnemonic != Mnemonic.Ret; instruction = StubCode.Machine.Decode(instruction.NextIP))
        {
            calls += instruction.Mnemonic == Mnemonic.Call ? 1 : 0;
        }

        Assert.Equal(32, calls);
    }

    [Fact]
    public void ReadXcr0HasX87()
    {
        const int OsXsave = 1 << 27;
        if ((X86Base.CpuId(1, 0).Ecx & OsXsave) != 0)
        {
            Assert.Equal(1u, _native.Invoke(_stubs["ReadXcr0"]) & 1);
        }
    }

    [Fact]
    public void ClearFrameClearsOneFrame()
    {
        var memory = new byte[3 * 4096];
        Array.Fill(memory, (byte)0xA5);
        fixed (byte* start = memory)
        {
            _native.Invoke(_stubs["ClearFrame"], (ulong)start + 4096);
        }

        Assert.True(memory.AsSpan(4096, 4096).IndexOfAnyExcept((byte)0) < 0);
        Assert.True(memory.AsSpan(0, 4096).IndexOfAnyExcept((byte)0xA5) < 0);
        Assert.True(memory.AsSpan(8192).IndexOfAnyExcept((byte)0xA5) < 0);
    }

    [Theory]
    [InlineData("VmxOn", Mnemonic.Vmxon)]
    [InlineData("VmxOff", Mnemonic.Vmxoff)]
    [InlineData("VmClear", Mnemonic.Vmclear)]
    [InlineData("VmPtrLoad", Mnemonic.Vmptrld)]
    [InlineData("TryVmRead", Mnemonic.Vmread)]
    [InlineData("InvEpt", Mnemonic.Invept)]
    [InlineData("InvVpid", Mnemonic.Invvpid)]
    public void FlagsBecomeTheResult(string stub, Mnemonic instruction)
    {
        foreach ((byte[] flags, VmxResult result) in Results)
        {
            _stubs.Patch(stub, instruction, flags);
            Assert.Equal((ulong)result, _native.Invoke(_stubs[stub], 0x1234_5000));
        }
    }

    private static (byte[] Flags, VmxResult Result)[] Results =>
    [
        (PatchedStubs.SetNeither, VmxResult.Succeed),
        (PatchedStubs.SetCarry, VmxResult.FailInvalid),
        (PatchedStubs.SetZero, VmxResult.FailValid),
    ];

    // The operand of VMXON and its like is the address in the argument.
    [Theory]
    [InlineData("VmxOn", Mnemonic.Vmxon)]
    [InlineData("VmClear", Mnemonic.Vmclear)]
    [InlineData("VmPtrLoad", Mnemonic.Vmptrld)]
    public void RegionAddressIsTheOperand(string stub, Mnemonic instruction)
    {
        var c = new Assembler(64);
        c.mov(rax, __qword_ptr[rsp + 8]);
        c.ret();
        _stubs.Patch(stub, instruction, CodeMemory.Assemble(c, 0));
        Assert.Equal(0x1_2345_6000u, _native.Invoke(_stubs[stub], 0x1_2345_6000));
    }

    [Theory]
    [InlineData("VmRead", Mnemonic.Vmread)]
    [InlineData("VmWrite", Mnemonic.Vmwrite)]
    public void MissingFieldIsReportedByItsEncoding(string stub, Mnemonic instruction)
    {
        foreach (byte[] flags in (byte[][])[PatchedStubs.SetCarry, PatchedStubs.SetZero])
        {
            _stubs.Patch(stub, instruction, flags);
            NativeRegisters registers = NativeCall.Pattern();
            registers.General[NativeRegisters.Rcx] = 0xFFFF_FFFF_0000_681E;
            registers.Function = _stubs[stub];
            _native.Invoke(ref registers);
            Assert.Equal(0x681Eu, _native.Escaped.First);
        }

        _stubs.Patch(stub, instruction, PatchedStubs.SetNeither);
        _native.Invoke(_stubs[stub], 0x681E);
    }

    // A stack that begins at the top it is given, aligned as at any function's first instruction.
    [Fact]
    public void ContinueOnStackStartsOnTheNewStack()
    {
        var stack = new ulong[4096];
        fixed (ulong* bottom = stack)
        {
            ulong top = (ulong)(bottom + 4000) & ~15ul;
            NativeRegisters registers = NativeCall.Pattern();
            registers.General[NativeRegisters.Rcx] = top;
            registers.Function = _stubs["ContinueOnStack"];
            _native.Invoke(ref registers);
            Assert.Equal(top - 0x28, _native.Escaped.First);
            Assert.Equal(8u, _native.Escaped.First & 15);
            Assert.Equal(0u, _native.Escaped.Second);
        }
    }

    // Calls with the two arguments behind it and zeroes for the others, on an aligned stack.
    [Fact]
    public void CallFirmwarePassesTwoArguments()
    {
        _stubs.Patch("CallFirmware", one => one.Op0Register.IsCR() || one.Op1Register.IsCR(), []);
        _native.Invoke(_stubs["CallFirmware"], (ulong)_stubs["Firmware"], 0x1000, 111, 222);
        var arguments = (ulong*)_arguments.Address;
        Assert.Equal([111, 222, 0, 0], new ReadOnlySpan<ulong>(arguments, 4).ToArray());
        Assert.Equal(8u, arguments[4] & 15);
    }

    private byte[] StackThenEscape()
    {
        var c = new Assembler(64);
        c.mov(rcx, rsp);
        c.mov(rdx, rbp);
        return [.. CodeMemory.Assemble(c, 0), .. _native.Escape];
    }

    private byte[] RecordArguments()
    {
        var c = new Assembler(64);
        c.mov(rax, (ulong)_arguments.Address);
        c.mov(__qword_ptr[rax], rcx);
        c.mov(__qword_ptr[rax + 8], rdx);
        c.mov(__qword_ptr[rax + 16], r8);
        c.mov(__qword_ptr[rax + 24], r9);
        c.mov(__qword_ptr[rax + 32], rsp);
        for (int i = 1; i <= 4; i++)
        {
            c.mov(__qword_ptr[rsp + (8 * i)], rax); // the home space of the arguments is ours to overwrite
        }

        c.ret();
        return CodeMemory.Assemble(c, 0);
    }
}
