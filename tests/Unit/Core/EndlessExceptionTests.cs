// #DB and #AC exit always, whatever a configuration asks for, and reach the guest as the processor would have raised
// them: their delivery may raise them again without end, and only an exit each time lets the hypervisor have its say.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using Exits = MinusOne.Tests.Model.Exits;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class EndlessExceptionTests
{
    private const ulong Status = 0xFFFF_0FF0;
    private const ulong Breakpoint2 = 4;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ADebugExceptionComesBackToItsGuest(bool skipsOthers)
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        GuestSetup.ConfigOf(guest.Vm)->Controls.ExceptionBitmap = 1u << (int)ExceptionVector.InvalidOpcode;
        guest.Lesson->Features |= skipsOthers ? LessonFeatures.SkipExceptions : 0;
        LessonFilter.Set(guest.Vm);
        guest[VmcsNatural.GuestDr7] = (ulong)(Dr7.Reset | Dr7.GeneralDetect);
        Vmcs.Write(Vmcs64.GuestDebugCtl, (ulong)(DebugCtl.LastBranchRecord | DebugCtl.SingleStepOnBranches));
        Cpu.WriteDebugRegister(6, Status | 1);
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Exception((byte)ExceptionVector.Debug, null, Breakpoint2)));
        Assert.Equal(Status | Breakpoint2, Cpu.ReadDebugRegister(6));
        Assert.Equal((ulong)Dr7.Reset, guest[VmcsNatural.GuestDr7]);
        Assert.Equal(0ul, Vmcs.Read(Vmcs64.GuestDebugCtl));
        GuestEvent received = Assert.Single(guest.Script.Events);
        Assert.Equal((0x8000_0301u, true), (received.Information, received.IsInjected));
    }

    [Fact]
    public void EveryGuestHasThemExit()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            Assert.True(Intercepts.Exception(guest.Vmcs, (byte)ExceptionVector.Debug, null));
            Assert.True(Intercepts.Exception(guest.Vmcs, (byte)ExceptionVector.AlignmentCheck, 0));
            Assert.False(Intercepts.Exception(guest.Vmcs, (byte)ExceptionVector.InvalidOpcode, null));
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }

    // What the delivery of #DB or #AC raises comes before the timer: no exit of it lets the console be seen.
    [Theory]
    [InlineData((byte)ExceptionVector.Debug)]
    [InlineData((byte)ExceptionVector.AlignmentCheck)]
    public void OneThatNeverEndsIsEndedAtTheConsole(byte vector)
    {
        using var machine = new CoreMachine();
        Repeat(machine, vector);
        SerialPortTests.Type("\u0001x");
        machine.Run();
        Assert.Contains("end=stopped", machine.Log);
        Assert.Matches(" exits=[123] ", machine.Log);
    }

    [Theory]
    [InlineData((byte)ExceptionVector.Debug)]
    [InlineData((byte)ExceptionVector.AlignmentCheck)]
    public void OneThatNeverEndsIsEndedByItsTimeLimit(byte vector)
    {
        using var machine = new CoreMachine();
        machine.Config->Milliseconds = 40;
        machine.Config->ExpectedEnd = GuestEnd.TimedOut;
        Repeat(machine, vector);
        Assert.True(machine.Run(), machine.Log);
    }

    // Each time 10 ms later.
    private static void Repeat(CoreMachine machine, byte vector) => machine.Guest.Then(guest =>
    {
        for (int i = 0; i < 10; i++)
        {
            machine.Processor.Tsc += machine.Machine->TscHertz / 100;
            guest.Exit(Exits.Exception(
                vector, vector == (byte)ExceptionVector.Debug ? null : 0u,
                vector == (byte)ExceptionVector.Debug ? Breakpoint2 : 0));
        }

        guest.Hlt();
    });
}
