// One keyboard and several guests: what is typed goes to whom it was typed for, and the monitor stops one, starts it
// again, and leaves the others alone.

using System;
using System.Collections.Generic;
using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Scheduling;

public sealed class SharedConsoleTests
{
    private const ushort Data = CoreMachine.SerialData;
    private const ushort LineStatus = Data + 5;

    private readonly Queue<byte> _typed = Host.Typed;
    private readonly ConsoleRoom _room = Host.Room;

    // Guest 1 has not looked yet when somebody turns to guest 2.
    [Fact]
    public void WhatWasTypedForOneDoesNotReachAnother()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            object first = guest.Vmcs;
            guest.Exit(Exits.Pause());
            Assert.NotSame(first, guest.Vmcs);
            Type("ab\u00012c");
            LookAway(guest);
            Assert.Same(first, guest.Vmcs);
            Assert.Equal((byte)'a', guest.In8(Data));
            guest.Exit(Exits.Pause());
            Assert.NotSame(first, guest.Vmcs);
            Assert.Equal((byte)'c', guest.In8(Data));
            Assert.Equal(0x60, guest.In8(LineStatus));
            guest.Exit(Exits.Hlt());
            Assert.Same(first, guest.Vmcs);
            Assert.Equal((byte)'b', guest.In8(Data));
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
        Assert.Contains("  1 one runs\n* 2 two runs\n", machine.Console);
    }

    // The line takes 87 us a byte; one that prints faster gives its turn away instead of holding the processor.
    [Fact]
    public void WhoPrintsTooFastLetsOthersRun()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            object first = guest.Vmcs;
            ulong rip = guest.Vmcs[VmcsNatural.GuestRip];
            _room.IsLittle = true;
            guest.Exit(Exits.Io(isIn: false, 1, Data));
            Assert.NotSame(first, guest.Vmcs);
            _room.IsLittle = false;
            guest.Exit(Exits.Pause());
            Assert.Same(first, guest.Vmcs);
            Assert.Equal(rip, guest.Vmcs[VmcsNatural.GuestRip]);
            guest.Out8(Data, (byte)'y');
            Assert.Same(first, guest.Vmcs);
            guest.Exit(Exits.Hlt());
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
        Assert.Contains("[1 one] y", machine.Console);
        Assert.DoesNotContain("x", machine.Console);
    }

    // What it had not read is not for the one that comes after it.
    [Fact]
    public void TheMonitorStartsAGuestAnew()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            object first = guest.Vmcs;
            Type("lost\u0001crestart\n");
            LookAway(guest);
            object second = guest.Vmcs;
            Assert.NotSame(first, second);
            guest.Exit(Exits.Pause());
            Assert.NotSame(second, guest.Vmcs);
            Type("\u00011");
            LookAway(guest);
            Assert.Same(second, guest.Vmcs);
            guest.Exit(Exits.Pause());
            Assert.Equal(0x60, guest.In8(LineStatus));
            guest.Exit(Exits.Hlt());
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
        Assert.Contains("name=one end=stopped expected=yes", machine.Log);
        Assert.Equal(2, machine.Log.Split("name=one ").Length - 1);
        Assert.Equal(1, machine.Log.Split("name=two ").Length - 1);
    }

    // The other goes on alone, and would not let go by itself.
    [Fact]
    public void TheMonitorStopsOneAndStartsItAgain()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            Type("\u0001cstop\n");
            LookAway(guest);
            object second = guest.Vmcs;
            Type("\u0001cstart\n");
            LookAway(guest);
            guest.Exit(Exits.Pause());
            Assert.NotSame(second, guest.Vmcs);
            guest.Exit(Exits.Hlt());
            Assert.Same(second, guest.Vmcs);
            Type("\u0001cstart\nx");
            LookAway(guest);
            guest.Exit(Exits.Pause());
            Assert.NotSame(second, guest.Vmcs);
            Type("\u0001cguests\ncontinue\n");
            LookAway(guest);
            guest.Exit(Exits.Hlt());
            guest.Exit(Exits.Hlt());
        });
        Assert.True(Run(machine), machine.Log);
        Assert.Equal(3, machine.Log.Split("name=one ").Length - 1);
        Assert.Equal(1, machine.Log.Split("name=two ").Length - 1);
        Assert.Contains("every frame has come back", machine.Log);
    }

    // The guest's script has a thread of its own, and the keyboard belongs to the test's.
    private void Type(string text) => Array.ForEach(Encoding.Latin1.GetBytes(text), _typed.Enqueue);

    // Asks for input, and another guest is entered behind it.
    private static void LookAway(ScriptedGuest guest)
    {
        guest.Registers.Rdx = LineStatus;
        guest.Exit(Exits.Io(true, 1, LineStatus));
    }

    private bool Run(CoreMachine machine)
    {
        _typed.Clear();
        machine.Settings = machine.Settings with { AreTogether = true };
        return machine.Run("one two", machine.Programs("one", "two")) == 0;
    }
}
