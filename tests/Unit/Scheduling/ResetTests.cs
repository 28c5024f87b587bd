// Guests that reset their machine while the options of the run say that they start again then, on the software
// processor.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Scheduling;

public sealed unsafe class ResetTests
{
    private const ushort ResetControl = 0xCF9;
    private const ushort KeyboardCommand = 0x64;
    private const ushort GateControl = 0x92;
    private const ulong Quantum = 200_000;
    private const int QuantaToPrepare = 20;

    [Theory]
    [InlineData(ResetControl, 6, true, "power-off")]
    [InlineData(KeyboardCommand, 0xFE, true, "power-off")]
    [InlineData(GateControl, 1, true, "power-off")]
    [InlineData(ResetControl, 6, false, "reset")]
    public void AResetStartsTheGuestAgain(ushort port, byte value, bool startsAgain, string end)
    {
        using CoreMachine machine = Pc(startsAgain);
        machine.Guest.Then(guest =>
        {
            guest.Write64(new Gpa(0x8000), 7);
            Send(guest, port, 1, value);
            Assert.Equal(0ul, guest.Read64(new Gpa(0x8000)));
            PowerOff(guest);
        });
        Assert.Equal(startsAgain, machine.Run());
        Assert.Equal(startsAgain ? 2 : 1, machine.Log.Split("minusone: guest name=test ").Length - 1);
        Assert.Contains($"end={end} expected={(startsAgain ? "yes" : "no")}", machine.Log);
        Assert.Equal(startsAgain, machine.Log.Contains("it starts again"));
        Assert.Equal(1, machine.Log.Split("memory 0h-FFFFh: ").Length - 1);
        Assert.Contains("every frame has come back", machine.Log);
    }

    // What making it ready took is missing from its next turns.
    [Fact]
    public void OneThatResetsAllTheTimeDoesNotHoldUpOthers()
    {
        using CoreMachine machine = Pc(startsAgain: true);
        machine.Config->ExpectedEnd = GuestEnd.Halted;
        machine.Settings = machine.Settings with { AreTogether = true };
        machine.Machine->Hooks.Prepared = &TakeTime;
        int turns = 0;
        machine.Guest.Then(guest =>
        {
            Send(guest, ResetControl, 1, 6);
            for (object second = guest.Vmcs; guest.Vmcs == second && turns < 100; turns++)
            {
                guest.Spin(Quantum);
            }

            guest.Exit(Exits.Hlt());
            guest.Exit(Exits.Hlt());
        });
        Assert.Equal(0u, machine.Run("one two", machine.Programs("one", "two")));
        Assert.InRange(turns, QuantaToPrepare, QuantaToPrepare + 3);
    }

    // As on a PC, where the chipset makes a reset of it.
    [Fact]
    public void ATripleFaultIsAReset()
    {
        using CoreMachine machine = Pc(startsAgain: true);
        machine.Guest.Then(Exits.TripleFault());
        machine.Guest.Then(PowerOff);
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("end=triple-fault expected=yes", machine.Log);
        Assert.Contains("end=power-off expected=yes", machine.Log);
    }

    [Theory]
    [InlineData((uint)GuestEnd.TripleFault, "triple-fault expected=yes", true)]
    [InlineData((uint)GuestEnd.PoweredOff, "halt expected=no", false)]
    public void OtherEndsAreEnds(uint expected, string end, bool isGood)
    {
        using CoreMachine machine = Pc(startsAgain: true);
        machine.Config->ExpectedEnd = (GuestEnd)expected;
        machine.Guest.Then(isGood ? Exits.TripleFault() : Exits.Hlt());
        Assert.Equal(isGood, machine.Run());
        Assert.Contains($"end={end}", machine.Log);
        Assert.Equal(1, machine.Log.Split("minusone: guest name=test ").Length - 1);
    }

    // One that resets again and again has no more time than one that does not.
    [Fact]
    public void ItsTimeGoesOn()
    {
        using CoreMachine machine = Pc(startsAgain: true);
        machine.Config->Milliseconds = 3;
        machine.Config->ExpectedEnd = GuestEnd.TimedOut;
        for (int i = 0; i < 2; i++)
        {
            machine.Guest.Then(guest =>
            {
                guest.Spin(200_000);
                Send(guest, ResetControl, 1, 6);
            });
        }

        machine.Guest.Then(guest => guest.SpinForever());
        Assert.True(machine.Run(), machine.Log);
        Assert.InRange(machine.Processor.Tsc, 300_000ul, 500_000ul);
    }

    // The configuration that is played comes once more, and then those that were to come.
    [Fact]
    public void WhatIsPlayedSeveralTimesGoesOn()
    {
        using CoreMachine machine = Pc(startsAgain: true);
        machine.Config->Repeats = 2;
        machine.Guest.Then(PowerOff).Then(Exits.TripleFault()).Then(PowerOff).Then(Exits.TripleFault()).Then(PowerOff);
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal(3, machine.Log.Split("end=power-off expected=yes").Length - 1);
        Assert.Equal(2, machine.Log.Split("end=triple-fault expected=yes").Length - 1);
    }

    private static CoreMachine Pc(bool startsAgain)
    {
        var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        machine.Config->ExpectedEnd = GuestEnd.PoweredOff;
        machine.Settings = machine.Settings with { StartsAgain = startsAgain };
        return machine;
    }

    private static void TakeTime(Vm* vm, Vcpu* vcpu) => Cpu.Soft.Tsc += QuantaToPrepare * Quantum;

    private static void PowerOff(ScriptedGuest guest) => Send(guest, 0x604, 2, 0x2000);

    // Another guest, if any, is entered behind it.
    private static void Send(ScriptedGuest guest, ushort port, int bytes, ushort value)
    {
        guest.Registers.Rdx = port;
        guest.Registers.Rax = value;
        guest.Exit(Exits.Io(isIn: false, bytes, port));
    }
}
