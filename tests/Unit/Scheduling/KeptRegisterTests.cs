// What stays in the processor from one turn to the next belongs to one virtual processor, and no other finds it there.

using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Scheduling;

public sealed unsafe class KeptRegisterTests
{
    // Places in Vcpu.Kept.
    private const int DebugStatus = 5;
    private const int FirstMsr = 6;
    private const ulong DebugStatusAtReset = 0xFFFF_0FF0;

    public static TheoryData<int> Places => [.. Enumerable.Range(0, Vcpu.KeptWords)];

    [Fact]
    public void EachFindsItsOwnRegisters()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            Expect(machine.Processor, 0);
            Fill(guest, machine.Processor, 0x1000);
            guest.Exit(Exits.Pause());
            Expect(machine.Processor, 0);
            Fill(guest, machine.Processor, 0x2000);
            guest.Exit(Exits.Pause());
            Expect(machine.Processor, 0x1000);
            guest.Exit(Exits.Pause());
            Expect(machine.Processor, 0x2000);
            guest.Exit(Exits.Hlt());
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
    }

    // They differ in one register and in no other: what is the same in both is not written.
    [Theory]
    [MemberData(nameof(Places))]
    public void ASingleRegisterIsSwitched(int place)
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            ulong reset = Get(machine.Processor, place);
            Set(guest, machine.Processor, place, 0x1000);
            guest.Exit(Exits.Pause());
            Assert.Equal(reset, Get(machine.Processor, place));
            Set(guest, machine.Processor, place, 0x2000);
            guest.Exit(Exits.Pause());
            Assert.Equal(0x1000ul, Get(machine.Processor, place));
            guest.Exit(Exits.Pause());
            Assert.Equal(0x2000ul, Get(machine.Processor, place));
            guest.Exit(Exits.Hlt());
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
    }

    // Nobody's registers are known to be in the processor when it comes.
    [Fact]
    public void WhoComesAfterAnEndFindsNothingOfTheOther()
    {
        using var machine = new CoreMachine();
        machine.Config->Repeats = 1;
        machine.Guest.Then(guest =>
        {
            Fill(guest, machine.Processor, 0x1000);
            guest.Exit(Exits.Hlt());
            Expect(machine.Processor, 0);
            guest.Exit(Exits.Hlt());
        });
        Assert.True(machine.Run(), machine.Log);
    }

    [Fact]
    public void EveryRegisterOfTheMsrPolicyIsSwitched()
    {
        var registers = new List<uint>();
        foreach (ref readonly MsrRule rule in MsrPolicy.Rules)
        {
            for (uint msr = rule.First; rule.Write == MsrWrite.Register && msr <= rule.Last; msr++)
            {
                registers.Add(msr);
            }
        }

        Assert.Equal(registers, VcpuSwitch.Msrs.ToArray());
    }

    private static bool Run(CoreMachine machine)
    {
        machine.Settings = machine.Settings with { AreTogether = true };
        return machine.Run("one two", machine.Programs("one", "two")) == 0;
    }

    // AVX is turned on, and off again by the second one: what is in it stays.
    private static void Fill(ScriptedGuest guest, SoftProcessor cpu, ulong pattern)
    {
        guest.Xsetbv(0, 7);
        cpu.Vector = pattern + 12;
        cpu.UpperVector = pattern + 13;
        guest.Xsetbv(0, pattern == 0x1000 ? 7u : 3u);
        for (int place = 0; place < Vcpu.KeptWords; place++)
        {
            Set(guest, cpu, place, pattern + (ulong)place);
        }
    }

    // After reset, if the pattern is 0.
    private static void Expect(SoftProcessor cpu, ulong pattern)
    {
        ulong Of(int index) => pattern == 0 ? 0 : pattern + (ulong)index;
        Assert.Equal((Of(12), Of(13)), (cpu.Vector, cpu.UpperVector));
        Assert.Equal(pattern == 0 ? 1ul : pattern == 0x1000 ? 7ul : 3ul, cpu.Xcr0);
        for (int place = 0; place < Vcpu.KeptWords; place++)
        {
            Assert.Equal(pattern == 0 && place == DebugStatus ? DebugStatusAtReset : Of(place), Get(cpu, place));
        }
    }

    // One register of each place in Vcpu.Kept. MSRs are written by the instruction, which may exit; the others are not.
    private static void Set(ScriptedGuest guest, SoftProcessor cpu, int place, ulong value)
    {
        switch (place)
        {
            case 0:
                cpu.Cr2 = value;
                break;
            case < FirstMsr:
                cpu.DebugRegisters[place == DebugStatus ? 6 : place - 1] = value;
                break;
            default:
                guest.Wrmsr(VcpuSwitch.Msrs[place - FirstMsr], value);
                break;
        }
    }

    private static ulong Get(SoftProcessor cpu, int place) => place switch
    {
        0 => cpu.Cr2,
        < FirstMsr => cpu.DebugRegisters[place == DebugStatus ? 6 : place - 1],
        _ => cpu.Msrs.GetValueOrDefault(VcpuSwitch.Msrs[place - FirstMsr]),
    };
}
