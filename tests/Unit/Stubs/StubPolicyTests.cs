// Every stub, on every path: it does nothing its policy does not name, leaves its caller's registers and stack alone,
// and ends.

using System;
using System.Collections.Generic;
using System.Linq;
using Iced.Intel;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed class StubPolicyTests
{
    // These are judged by tests of their own: they are not functions, have two halves, or are there to fault.
    private static readonly string[] s_apart = ["Enter", "Exit", "VmRun", "InterruptEntries", "InterruptCommon",
        "FillReturns", "RaiseFault"];

    public static TheoryData<string> Names => new(StubCode.Names.Except(s_apart));

    [Theory]
    [MemberData(nameof(Names))]
    public void DoesWhatItsPolicySays(string name)
    {
        StubPolicy policy = StubPolicy.All.Single(row => row.Name == name);
        var special = new SortedSet<string>(StringComparer.Ordinal);
        var memory = new SortedSet<string>(StringComparer.Ordinal);
        var calls = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((_, SymbolicState state) in StubCode.Machine.Run(StubCode.OffsetOf(name), new SymbolicState(), null))
        {
            special.UnionWith(state.Special);
            memory.UnionWith(state.Accesses);
            calls.UnionWith(state.Calls);
        }

        Assert.Equal(policy.Special, string.Join(" ", special));
        Assert.Equal(policy.Memory, string.Join(" ", memory));
        Assert.Equal(policy.Calls, string.Join(" ", calls));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void KeepsWhatIsItsCallers(string name)
    {
        foreach ((Instruction end, SymbolicState state) in StubCode.Machine
            .Run(StubCode.OffsetOf(name), new SymbolicState(), null))
        {
            switch (end.Mnemonic)
            {
                case Mnemonic.Ret:
                    Assert.Equal("rsp", state[Register.RSP].ToString());
                    Assert.Equal("[rsp]", state.Load(state[Register.RSP]).ToString());
                    break;
                case Mnemonic.Jmp:
                    Assert.Equal("[rsp]", state[end.Op0Register].ToString());
                    Assert.Equal("rsp+8", state[Register.RSP].ToString());
                    break;
                default:
                    Assert.Equal(Mnemonic.Ud2, end.Mnemonic);
                    continue;
            }

            Assert.All(SymbolicState.CallerOwned, register =>
                Assert.Equal(SymbolicState.Initial(register), state[register]));
        }
    }

    [Fact]
    public void EveryPolicyHasItsStub() =>
        Assert.Equal(StubCode.Names.Except(s_apart).Order(), StubPolicy.All.Select(row => row.Name).Order());

    // An address stub hands out nothing but what its name says.
    [Theory]
    [InlineData("RecoveryTableAddress", "RecoveryTable")]
    [InlineData("InterruptEntriesAddress", "InterruptEntries")]
    [InlineData("ExitAddress", "Exit")]
    [InlineData("ImageBaseAddress", "__ImageBase")]
    [InlineData("StartUpCodeAddress", "StartUpCode")]
    [InlineData("ContinueOnArrivalAddress", "ContinueOnArrival")]
    public void ReturnsAddress(string name, string symbol) =>
        Assert.All(
            StubCode.Machine.Run(StubCode.OffsetOf(name), new SymbolicState(), null),
            path => Assert.Equal("&" + symbol, path.State[Register.RAX].ToString()));

    // A fault in an instruction that a guest may provoke is recovered: the stub answers false.
    [Fact]
    public void FaultsThatAGuestMayProvokeAreRecovered()
    {
        List<uint> table = StubCode.Image.Tables.Single(one => one.Name == "RecoveryTable").Offsets;
        var faults = new List<string>();
        for (int i = 0; i < table.Count; i += 2)
        {
            faults.Add(StubCode.Machine.Decode(table[i]).ToString());
            foreach ((Instruction end, SymbolicState state) in StubCode.Machine
                .Run(table[i + 1], new SymbolicState(), null))
            {
                Assert.Equal(Mnemonic.Ret, end.Mnemonic);
                Assert.Equal(new Value("", 0), state[Register.RAX]);
                Assert.Equal("rsp", state[Register.RSP].ToString());
            }
        }

        Assert.Equal(["rdmsr", "wrmsr", "xsetbv"], faults);
    }
}
