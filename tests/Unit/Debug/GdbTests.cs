// What a debugger is told and what it changes, on both makes of processor.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Debug;

public sealed unsafe class GdbTests
{
    public static TheoryData<bool> Makes { get; } = [false, true];

    [Theory]
    [MemberData(nameof(Makes))]
    public void RegistersAreReadAndWritten(bool isAmd)
    {
        using GdbMachine machine = Create(isAmd);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x1122_3344_5566_7788ul, guest.Registers.Rax);
            Assert.Equal(0x55ul, guest.Registers.Xmm[4]);
            guest.Hlt();
        });
        machine.Say("p10", "P0=8877665544332211", "p0", "P2a=55000000000000000000000000000000", "p2a",
            "P10=0000000000000080", "P3b=ff00000000000000", "pffff", GdbMachine.Detach).Run();
        Assert.Equal(
            [
                "0010000000000000", "OK", "8877665544332211", "OK", "55000000000000000000000000000000", "E01", "E01",
                "E01", "OK",
            ],
            machine.Answers);
    }

    // The description says what is sent, and the names stand once each.
    [Theory]
    [MemberData(nameof(Makes))]
    public void TheDescriptionFitsTheRegisters(bool isAmd)
    {
        using GdbMachine machine = Create(isAmd);
        machine.Guest.Then(guest => guest.Hlt());
        IEnumerable<string> asked =
            Enumerable.Range(0, 60).Select(i => $"qXfer:features:read:target.xml:{i * 256:x},100");
        machine.Say([.. asked, "g", GdbMachine.Detach]).Run();
        int last = machine.Answers.FindIndex(answer => answer[0] == 'l');
        Assert.All(machine.Answers[..last], answer => Assert.Equal('m', answer[0]));
        string text = string.Concat(machine.Answers.Take(last + 1).Select(answer => answer[1..]));
        XElement[] registers = [.. XDocument.Parse(text).Descendants("reg")];
        int bits = registers.Sum(register => (int)register.Attribute("bitsize"));
        Assert.Equal(bits / 4, machine.Answers[^2].Length);
        Assert.Equal(registers.Length, registers.DistinctBy(register => (string)register.Attribute("name")).Count());
        Assert.Equal("rip", (string)registers[16].Attribute("name"));
        Assert.Equal("activity", (string)registers[110].Attribute("name"));
    }

    [Fact]
    public void AllRegistersAreWrittenBackUnchanged()
    {
        using GdbMachine first = Create(isAmd: false);
        first.Guest.Then(guest => guest.Hlt());
        first.Say("g", GdbMachine.Detach).Run();
        string all = first.Answers[0];
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say("G" + all, "g", "G" + all[..^1], GdbMachine.Detach).Run();
        Assert.Equal(["OK", all, "E01", "OK"], machine.Answers);
    }

    [Theory]
    [MemberData(nameof(Makes))]
    public void MemoryIsReadAndWritten(bool isAmd)
    {
        using GdbMachine machine = Create(isAmd);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x7D24_2301ul, machine.At(0x2000, 4));
            guest.Hlt();
        });
        machine.Say("m1000,1", "M2000,2:0123", "X2002,2:}\u0004}]", "m2000,4", "mf000000,4", "mfff0,20", "M1000,2:1",
            "m1000", "Qqemu.PhyMemMode:1", "qqemu.PhyMemMode", "m1000,1", GdbMachine.Detach);
        machine.Run();
        Assert.Equal(
            [
                "f4", "OK", "OK", "0123247d", "E14", string.Concat(Enumerable.Repeat("00", 16)), "E01", "E01", "OK",
                "1", "f4", "OK",
            ],
            machine.Answers);
    }

    // While guests stand still nobody sees that there is one.
    [Theory]
    [MemberData(nameof(Makes))]
    public void ABreakpointStandsInMemoryWhileGuestsRun(bool isAmd)
    {
        using GdbMachine machine = Create(isAmd);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0xF1ul, machine.At(0x1000, 1));
            machine.MeetBreakpoint(guest);
            Assert.Equal(0xF4ul, machine.At(0x1000, 1));
            guest.Hlt();
        });
        machine.Say("Z0,1000,1", "m1000,1", GdbMachine.Go, "m1000,1", "z0,1000,1", GdbMachine.Detach).Run();
        Assert.Equal(["OK", "f4", "T05thread:101;swbreak:;", "f4", "OK", "OK"], machine.Answers);
    }

    // INT1 of the guest's own, at a place without a breakpoint, reaches the guest.
    [Fact]
    public void WhatIsNotOursIsTheGuests()
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Handler = (guest, _) => guest.Iret();
        machine.Guest.Then(machine.MeetBreakpoint).Then(guest => guest.Hlt());
        machine.Say("Z0,1800,1", GdbMachine.Go).Run();
        Assert.Equal((byte)ExceptionVector.Debug, (byte)machine.Guest.Events[0].Information);
    }

    [Fact]
    public void AWatchpointUsesADebugRegisterThatTheGuestDoesNotSee()
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x2008ul, machine.Core.Processor.DebugRegisters[0]);
            Assert.Equal(0xD_0402ul, guest.Vmcs[VmcsNatural.GuestDr7]);
            guest.Registers.Rax = 0x77;
            guest.Exit(Exits.MovDr(1, 0, isRead: false));
            guest.Exit(Exits.MovDr(0, 3, isRead: true));
            Assert.Equal((0ul, 0x2008ul), (guest.Registers.Rbx, machine.Core.Processor.DebugRegisters[0]));
            guest.Exit(Exits.Exception((byte)ExceptionVector.Debug, null, 1));
            Assert.Equal(0x77ul, machine.Core.Processor.DebugRegisters[1]);
            Assert.Equal(0x400ul, guest.Vmcs[VmcsNatural.GuestDr7]);
            guest.Hlt();
        });
        machine.Say("Z2,2008,4", GdbMachine.Go, "z2,2008,4", GdbMachine.Detach).Run();
        Assert.Equal(["OK", "T05thread:101;watch:2008;", "OK", "OK"], machine.Answers);
    }

    // Four, and of lengths that a processor has.
    [Fact]
    public void WhatDoesNotFitTheProcessorIsRefused()
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say("Z2,2000,3", "Z2,2001,2", "Z1,2000,1", "Z3,3000,1", "Z4,3000,8", "Z1,4000,1", "Z1,5000,1",
            "Z1,4000,1", "z1,4000,1", "Z1,5000,1", "Z5,0,1", "Z0", GdbMachine.Detach).Run();
        Assert.Equal(
            ["E01", "E01", "OK", "OK", "OK", "OK", "E01", "OK", "OK", "OK", "E01", "E01", "OK"], machine.Answers);
    }

    // Behind one instruction; an interrupt that is due comes later.
    [Fact]
    public void AStepIsOneInstruction()
    {
        using var machine = new GdbMachine(Presets.MonitorTrapFlag());
        machine.Core.Lesson->PendingVector = 0x40;
        machine.Guest.Handler = (guest, _) => guest.Iret();
        machine.Guest.Then(guest =>
        {
            Assert.True(IsTrapping(guest));
            guest.Rflags |= (ulong)Rflags.InterruptEnable;
            guest.Rip += 2;
            Assert.Empty(guest.Events);
            guest.Exit(new GuestExit(ExitReason.MonitorTrapFlag));
            Assert.False(IsTrapping(guest));
            guest.Hlt();
        });
        machine.Say("vCont;s:p1.1;c", "p10", GdbMachine.Detach).Run();
        Assert.Equal(["T05thread:101;", "0210000000000000", "OK"], machine.Answers);
        Assert.Equal(0x40, (byte)machine.Guest.Events[0].Information);
    }

    // Without the monitor trap flag it is the guest's own, and nothing of it is left behind.
    [Theory]
    [InlineData(0u, 0ul)]
    [InlineData(InterruptibilityState.Sti, 0ul)]
    [InlineData(InterruptibilityState.MovSs, PendingDebugExceptions.Step)]
    public void AStepByTheTrapFlagLeavesNoTrace(uint shadow, ulong pending)
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(guest =>
        {
            guest.Blocking = shadow;
            machine.MeetBreakpoint(guest);
            Assert.NotEqual(0ul, guest.Rflags & (ulong)Rflags.Trap);
            Assert.Equal(pending, guest.Vmcs[VmcsNatural.GuestPendingDebugExceptions]);
            guest.Rip += 2;
            guest.Blocking = 0;
            guest.Exit(Exits.Exception((byte)ExceptionVector.Debug, null, 1 << 14));
            Assert.Equal(0ul, guest.Rflags & (ulong)Rflags.Trap);
            Assert.Equal(0xFFFF_0FF0ul, machine.Core.Processor.DebugRegisters[6]);
            guest.Hlt();
        });
        machine.Say("Z0,1000,1", GdbMachine.Go, "z0,1000,1", "s", "p10", GdbMachine.Detach).Run();
        Assert.Equal("T05thread:101;", machine.Answers[3]);
        Assert.Equal("0210000000000000", machine.Answers[4]);
    }

    // One that exits is carried out in the guest's name, and is one all the same.
    [Fact]
    public void AnEmulatedInstructionIsAStep()
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(guest => guest.Exit(Exits.Cpuid())).Then(guest => guest.Hlt());
        machine.Say("s", "p10", GdbMachine.Detach).Run();
        Assert.Equal(["T05thread:101;", "0210000000000000", "OK"], machine.Answers);
    }

    [Fact]
    public void AGuestThatEndsBadlyIsShownBefore()
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(new GuestExit(ExitReason.TripleFault));
        machine.Say(GdbMachine.Go, "p10", GdbMachine.Go).Run();
        Assert.Equal(["T0bthread:101;", "0010000000000000", "X0b"], machine.Answers);
    }

    [Fact]
    public void ProcessesAreToldToWhoKnowsThem()
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say("qSupported:multiprocess+;swbreak+", "?", "qfThreadInfo", "qsThreadInfo", "qC", "Hgp1.1", "Hgp2.1",
            "Tp1.1", "Tp1.2", "qThreadExtraInfo,p1.1", "vKill;7", "!", "vAttach;2", GdbMachine.Detach).Run();
        Assert.Contains("multiprocess+", machine.Answers[0]);
        Assert.Equal(
            [
                "T05thread:p1.1;", "mp1.1", "l", "QCp1.1", "OK", "E01", "OK", "E01", Digits("test, processor 0, runs"),
                "E01", "OK", "E01",
            ],
            machine.Answers.GetRange(1, 12));
    }

    [Fact]
    public void TheMonitorAnswers()
    {
        using GdbMachine machine = Create(isAmd: false);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say("qRcmd," + Digits("msr c0000080"), GdbMachine.Detach).Run();
        Assert.Equal(["O" + Digits("  MSR C0000080h: 0000000000000000\n"), "OK", "OK"], machine.Answers);
    }

    // Each make's own.
    [Theory]
    [InlineData(true, "vmcb nextr", "  0C8 NextRip ", " 0\n")]
    [InlineData(true, "vmcb rflags", "  570 Rflags ", "2\n")]
    [InlineData(true, "vmcs", "this processor has a VMCB instead: ", "vmcb\n")]
    [InlineData(false, "vmcb", "this processor has a VMCS instead: ", "vmcs\n")]
    public void TheMonitorShowsWhatTheProcessorKeeps(bool isAmd, string line, string start, string end)
    {
        using GdbMachine machine = Create(isAmd);
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say("qRcmd," + Digits(line), GdbMachine.Detach).Run();
        string told = Encoding.ASCII.GetString(Convert.FromHexString(machine.Answers[0][1..]));
        Assert.StartsWith(start, told);
        Assert.EndsWith(end, told);
        Assert.Equal("OK", machine.Answers[1]);
    }

    private static bool IsTrapping(ScriptedGuest guest) =>
        ((PrimaryControls)guest.Vmcs[Vmcs32.PrimaryControls] & PrimaryControls.MonitorTrapFlag) != 0;

    private static string Digits(string text) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    private static GdbMachine Create(bool isAmd) => new(isAmd ? Presets.Ryzen() : null);
}
