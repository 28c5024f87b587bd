// Many steps for one word of the monitor's: each is made as a single one is, and whoever wants something else ends
// them.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Debug;

public sealed unsafe class StepsTests
{
    // Steps are made by the monitor trap flag, and by the guest's own.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EachIsOneAndIsTold(bool hasMonitorTrapFlag)
    {
        using GdbMachine machine = Create(hasMonitorTrapFlag);
        Walk(machine, 40);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say(Steps("40")).Run();
        string[] told = [.. machine.Answers.TakeWhile(answer => answer[0] == 'O' && answer != "OK").Select(Words)];
        Assert.Equal(
            string.Concat(Enumerable.Range(1, 40).Select(i => $" {0x1000 + (2 * i):X}")),
            string.Concat(told).Replace("\n", ""));
        Assert.Equal(2, told.Length);
        Assert.All(told, line => Assert.EndsWith("\n", line));
        Assert.Equal(["OK"], machine.Answers[told.Length..]);
        Assert.Contains("end=stopped", machine.Core.Log);
    }

    // What is said meanwhile is answered behind the step that is being made.
    [Fact]
    public void APacketEndsThem()
    {
        using GdbMachine machine = Create(hasMonitorTrapFlag: true);
        Walk(machine, 2);
        machine.Guest.Then(guest =>
        {
            machine.Say("p10", GdbMachine.Detach);
            Trap(guest);
            guest.Hlt();
        });
        machine.Say(Steps("1000")).Run();
        Assert.Equal([" 1002 1004 1006\n", "OK", "0610000000000000", "OK"],
            [Words(machine.Answers[0]), .. machine.Answers[1..]]);
        Assert.Contains("end=halt", machine.Core.Log);
    }

    // The console is looked at now and then.
    [Fact]
    public void WhoeverSitsAtTheConsoleEndsThem()
    {
        using GdbMachine machine = Create(hasMonitorTrapFlag: true);
        Walk(machine, 2);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say(Steps("66")).Run();
        Assert.Equal([" 1002 1004\n", "OK"], [Words(machine.Answers[0]), .. machine.Answers[1..]]);
        Assert.Contains("end=stopped", machine.Core.Log);
    }

    [Fact]
    public void ABreakpointEndsThem()
    {
        using GdbMachine machine = Create(hasMonitorTrapFlag: true);
        Walk(machine, 1);
        machine.Guest.Then(guest =>
        {
            machine.MeetBreakpoint(guest);
            guest.Hlt();
        });
        machine.Say("Z0,1002,1", Steps("5")).Run();
        Assert.Equal(["OK", " 1002 and another stop\n", "OK"],
            [machine.Answers[0], Words(machine.Answers[1]), .. machine.Answers[2..]]);
    }

    // Well or badly.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheEndOfTheGuestIsTheirEnd(bool isGood)
    {
        using GdbMachine machine = Create(hasMonitorTrapFlag: true);
        Walk(machine, 1);
        machine.Guest.Then(guest =>
        {
            GuestEnd end = isGood ? GuestEnd.PoweredOff : GuestEnd.TripleFault;
            VmSlots.Of(machine.Core.Machine)->At(0)->Vm->EndWith(end);
            guest.Exit(Exits.Cpuid());
        });
        machine.Say(Steps("5")).Run();
        Assert.Equal([" 1002 and another stop\n", "OK"], [Words(machine.Answers[0]), .. machine.Answers[1..2]]);
    }

    // The trap flag is kept by SYSCALL itself for its step, and nobody sees it.
    [Theory]
    [InlineData(0x4_7700ul)]
    [InlineData(0x200ul)]
    public void ASystemCallIsOne(ulong mask)
    {
        const ulong Trap = (ulong)Rflags.Trap;
        using GdbMachine machine = Create(hasMonitorTrapFlag: false);
        machine.Core.SetImage([0x0F, 0x05]);
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr((uint)Msr.Fmask, mask);
            guest.Rip = 0x1000;
            machine.MeetBreakpoint(guest);
            Assert.Equal(mask & ~Trap, machine.Core.Processor.ReadMsr((uint)Msr.Fmask));
            (guest.Registers.R11, guest.Registers.Rcx, guest.Rip) = (guest.Rflags, guest.Rip + 2, 0x3000);
            Assert.Equal(Trap, guest.Rflags & Trap);
            guest.Exit(Exits.Exception((byte)ExceptionVector.Debug, null, 1 << 14));
            Assert.Equal(mask, machine.Core.Processor.ReadMsr((uint)Msr.Fmask));
            Assert.Equal(0ul, (guest.Registers.R11 | guest.Rflags) & Trap);
            guest.Hlt();
        });
        machine.Say("Z0,1000,1", GdbMachine.Go, "z0,1000,1", "s", "p10", GdbMachine.Detach).Run();
        Assert.Equal(["T05thread:101;", "0030000000000000", "OK"], machine.Answers[3..]);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10001")]
    [InlineData("many")]
    public void AWrongNumberIsNone(string count)
    {
        using GdbMachine machine = Create(hasMonitorTrapFlag: true);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say(Steps(count), GdbMachine.Detach).Run();
        Assert.StartsWith("steps takes a number of at most 10000; it is used so:\n", Words(machine.Answers[0]));
        Assert.Contains("end=halt", machine.Core.Log);
    }

    private static void Walk(GdbMachine machine, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            machine.Guest.Then(Trap);
        }
    }

    // An instruction of two bytes, and the end of its step.
    private static void Trap(ScriptedGuest guest)
    {
        guest.Rip += 2;
        bool isMonitors =
            ((PrimaryControls)guest.Vmcs[Vmcs32.PrimaryControls] & PrimaryControls.MonitorTrapFlag) != 0;
        Assert.True(isMonitors || (guest.Rflags & (ulong)Rflags.Trap) != 0, "it is not stepped");
        guest.Exit(isMonitors ? new GuestExit(ExitReason.MonitorTrapFlag)
            : Exits.Exception((byte)ExceptionVector.Debug, null, 1 << 14));
    }

    private static GdbMachine Create(bool hasMonitorTrapFlag) =>
        new(hasMonitorTrapFlag ? Presets.MonitorTrapFlag() : null);

    private static string Steps(string count) =>
        "qRcmd," + Convert.ToHexStringLower(Encoding.ASCII.GetBytes("steps " + count));

    private static string Words(string answer) => Encoding.ASCII.GetString(Convert.FromHexString(answer[1..]));
}
