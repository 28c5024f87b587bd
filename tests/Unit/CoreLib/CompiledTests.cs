// The core library as ILC compiles it for the image, loaded into memory and executed: the intrinsics that only the
// compiler supplies, the copies, and the checks it inserts. Probes are named after the member they call
// (tests/CoreLib/Probes).

using System;
using System.IO;
using System.Linq;
using Iced.Intel;
using MinusOne.Tests.Unit.Native;
using Xunit;

namespace MinusOne.Tests.Unit.CoreLib;

public sealed unsafe class CompiledTests : IDisposable
{
    private readonly NativeCall _native = new();
    private readonly LoadedObject _code;

    public CompiledTests()
    {
        byte[] file = File.ReadAllBytes(Repository.File("out", "bin", "CoreLibCompiled", "corelib.obj"));
        _code = new LoadedObject(file, new() { ["PanicReported"] = _native.Escape });
    }

    public static TheoryData<string> Intrinsics =>
        new(SurfaceTests.Ours().Where(member => member.IsIntrinsic).Select(member => member.Key));

    public void Dispose()
    {
        _code.Dispose();
        _native.Dispose();
    }

    [Theory]
    [MemberData(nameof(Intrinsics))]
    public void IntrinsicDoesWhatItSays(string member)
    {
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            bool agrees = IntrinsicModel.Agrees(member, random, (a, b, c) => _native.Invoke(_code[member], a, b, c));
            Assert.True(agrees, $"round {i}");
        }
    }

    [Fact]
    public void Memmove() =>
        Sweep.OverCopies((to, from, length) => _native.Invoke(_code["Memmove"], (ulong)to, (ulong)from, length));

    [Fact]
    public void Fill() =>
        Sweep.OverFills((to, length, value) => _native.Invoke(_code["Fill"], (ulong)to, (ulong)length, value));

    [Fact]
    public void StructCopy()
    {
        byte[] from = Values.Bytes(new Random(6), 1002);
        byte[] to = new byte[1002];
        fixed (byte* source = from, destination = to)
        {
            _native.Invoke(_code["CopyStruct"], (ulong)destination + 1, (ulong)source + 1);
        }

        Assert.Equal([0, .. from[1..1001], 0], to);
    }

    [Theory]
    [InlineData(
        "System.Runtime.CompilerServices.RuntimeHelpers.InitializeArray(System.Array, System.RuntimeFieldHandle)",
        9, 0, 0, "index out of range")]
    [InlineData("Add", int.MaxValue, 1, 0, "arithmetic overflow")]
    [InlineData("Slice", 0, 3, 4, "argument out of range")]
    [InlineData("Last", 0, 0, 0, "index out of range")]
    [InlineData("Maybe", 3, 0, 0, "a nullable without a value was read")]
    public void BrokenRuleEndsInPanic(string probe, int a, int b, int c, string words)
    {
        NativeRegisters registers = NativeCall.Pattern();
        registers.General[NativeRegisters.Rcx] = (ulong)a;
        registers.General[NativeRegisters.Rdx] = (ulong)b;
        registers.General[NativeRegisters.R8] = (ulong)c;
        registers.Function = _code[probe];
        _native.Invoke(ref registers);
        (ulong text, ulong length) = _native.Escaped;
        Assert.Equal(words, System.Text.Encoding.ASCII.GetString((byte*)text, (int)length));
    }

    [Fact]
    public void KeptRuleReturns()
    {
        byte* data = stackalloc byte[] { 5, 6, 7 };
        Assert.Equal(7u, _native.Invoke(_code["Add"], 3, 4));
        Assert.Equal(1u, _native.Invoke(_code["Slice"], (ulong)data, 3, 2));
        Assert.Equal(7u, (byte)_native.Invoke(_code["Last"], (ulong)data, 3));
        Assert.Equal(4u, _native.Invoke(_code["Maybe"], 8));
    }

    // Two reads are two loads: neither is folded into the other.
    [Fact]
    public void VolatileReadIsNotDropped()
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(new Span<byte>(_code["ReadTwice"], 64).ToArray()));
        int loads = 0;
        Instruction instruction = decoder.Decode();
        for (; instruction.Mnemonic != Mnemonic.Ret; instruction = decoder.Decode())
        {
            loads += instruction.MemoryBase == Register.RCX ? 1 : 0;
        }

        Assert.Equal(2, loads);
    }
}
