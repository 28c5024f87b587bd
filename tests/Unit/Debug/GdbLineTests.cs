// Clients at the other end of the line: one that stops reading, one that has loaded no program.

using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Debug;

public sealed unsafe class GdbLineTests
{
    // It meets a breakpoint of one that reads no more, and goes on without any. A later one is answered.
    [Fact]
    public void AGuestGoesOnWhenItsDebuggerReadsNoMore()
    {
        using var machine = new GdbMachine();
        ConsoleRoom room = Host.Room;
        machine.Guest.Then(guest =>
        {
            room.IsDebuggerStuck = true;
            machine.MeetBreakpoint(guest);
            Assert.Equal(0xF4ul, machine.At(0x1000, 1));
            room.IsDebuggerStuck = false;
            machine.Say("?", GdbMachine.Detach);
            machine.Core.Processor.Tsc += 10_000_000;
            guest.Exit(Exits.PreemptionTimer());
            Assert.True(machine.IsHeard);
            guest.Hlt();
        });
        machine.Say("Z0,1000,1", GdbMachine.Go).Run(hasConsole: false);
        Assert.Equal(["OK", "T02thread:101;", "OK"], machine.Answers);
        Assert.Contains("the debugger reads no more; the guests go on without it\n", machine.Core.Log);
        Assert.Contains("end=halt", machine.Core.Log);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("/srv/out/kernel.elf", true)]
    public void TheProgramIsToldInParts(string path, bool isTold)
    {
        using var machine = new GdbMachine();
        machine.Guest.Then(guest => guest.Hlt());
        machine.Debugger->Server.SetProgram(Encoding.ASCII.GetBytes(path));
        machine.Say("qSupported:multiprocess+", "qXfer:exec-file:read:1:0,8", "qXfer:exec-file:read::8,100",
            "qXfer:exec-file:read:1:fff,100", "qXfer:exec-file:read:1", GdbMachine.Detach).Run();
        Assert.Equal(isTold, machine.Answers[0].EndsWith(";qXfer:exec-file:read+"));
        Assert.Equal(isTold ? ["m/srv/out", "l/kernel.elf", "l", "E01"] : ["", "", "", ""], machine.Answers[1..5]);
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void APathHasAnEnd(int length, bool isTold)
    {
        using var machine = new GdbMachine();
        machine.Guest.Then(guest => guest.Hlt());
        machine.Debugger->Server.SetProgram(Enumerable.Repeat((byte)'/', length).ToArray());
        machine.Say("qXfer:exec-file:read:1:0,100", GdbMachine.Detach).Run();
        Assert.Equal(isTold ? 256 : 0, machine.Answers[0].Length);
    }
}
