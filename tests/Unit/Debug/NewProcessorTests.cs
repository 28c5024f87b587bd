// Breakpoints in debug registers, and processors that come to run behind them or are reset under them.

using MinusOne.Tests.Model;
using Xunit;
using static MinusOne.Tests.Unit.Scheduling.SmpScript;

namespace MinusOne.Tests.Unit.Debug;

public sealed unsafe class NewProcessorTests
{
    // From its first instruction on, and again after an INIT.
    [Fact]
    public void AProcessorThatStartsHasTheBreakpointsOfItsGuest()
    {
        using var machine = new GdbMachine(Pc(2));
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            guest.Wrmsr(Command, To1 | Init);
            StartOther(guest);
            ExpectBreakpoint(machine, guest);
            guest.Exit(Exits.Pause());
            Assert.Same(first, guest.Vmcs);
            guest.Wrmsr(Command, To1 | Init);
            StartOther(guest);
            ExpectBreakpoint(machine, guest);
            machine.Say("z1,12345,1", "qC", GdbMachine.Detach);
            guest.Exit(Exits.Exception((byte)ExceptionVector.Debug, null, 1));
            Assert.Equal(0ul, machine.Core.Processor.DebugRegisters[0]);
            Assert.Equal((ulong)Dr7.Reset, guest.Vmcs[VmcsNatural.GuestDr7]);
            PowerOff(guest);
        });
        machine.Say("Z1,12345,1", GdbMachine.Go).Run(hasConsole: false);
        Assert.Equal(["OK", "T05thread:102;hwbreak:;", "OK", "QC102", "OK"], machine.Answers);
        Assert.Contains("end=power-off", machine.Core.Log);
    }

    private static void ExpectBreakpoint(GdbMachine machine, ScriptedGuest guest)
    {
        Assert.Equal(0x12345ul, machine.Core.Processor.DebugRegisters[0]);
        Assert.Equal(0x402ul, guest.Vmcs[VmcsNatural.GuestDr7]);
    }
}
