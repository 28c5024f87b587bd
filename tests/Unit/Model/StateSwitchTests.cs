// What an entry loads and an exit saves and loads, and what neither does.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class StateSwitchTests
{
    [Fact]
    public void GuestStateIsThereAndHostStateComesBack()
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        Vmcs.Write(VmcsNatural.GuestFsBase, 0x1_0000);
        Vmcs.Write(VmcsNatural.GuestSysenterEip, 0x2_0000);
        Vmcs.Write(VmcsNatural.HostFsBase, 0x3_0000);
        Vmcs.Write(VmcsNatural.HostSysenterEip, 0x4_0000);
        Vmcs.Write(VmcsNatural.HostCr3, 0x5_0000);
        machine.Processor.Dr7 = 0x455;
        machine.Guest.Then(guest =>
        {
            SoftProcessor cpu = machine.Processor;
            Assert.Equal((0x8001_0031ul, 0x1000ul, 0x2020ul), (cpu.Cr0, cpu.Cr3, cpu.Cr4));
            Assert.Equal((0x400ul, 0xD01ul), (cpu.Dr7, cpu.Msrs[(uint)Msr.Efer]));
            Assert.Equal(0x1_0000ul, guest.Rdmsr((uint)Msr.FsBase));
            Assert.Equal(0x2_0000ul, guest.Rdmsr((uint)Msr.SysenterEip));
            guest.Wrmsr((uint)Msr.FsBase, 0x1111);
            guest.Wrmsr((uint)Msr.Star, 0x7777);
            guest.MovToCr3(0x9000);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((0x8001_0033ul, 0x5_0000ul, 0x2668ul), (Cpu.ReadCr0(), Cpu.ReadCr3(), Cpu.ReadCr4()));
        Assert.Equal((0x3_0000ul, 0x4_0000ul), (Cpu.ReadMsr(Msr.FsBase), Cpu.ReadMsr(Msr.SysenterEip)));
        Assert.Equal((0x400ul, 0xD00ul), (machine.Processor.Dr7, Cpu.ReadMsr(Msr.Efer)));
        Assert.Equal(0x1111ul, Vmcs.Read(VmcsNatural.GuestFsBase));
        Assert.Equal(0x9000ul, Vmcs.Read(VmcsNatural.GuestCr3));

        // STAR is in no VMCS: the guest's is still there.
        Assert.Equal(0x7777ul, Cpu.ReadMsr(Msr.Star));
    }

    [Fact]
    public void WhatIsNotSavedStaysAsItWas()
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        const ExitControls saves = ExitControls.SaveEfer | ExitControls.SavePat | ExitControls.SaveDebugControls
            | ExitControls.SavePreemptionTimerValue;
        Vmcs.Write(Vmcs32.ExitControls, Vmcs.Read(Vmcs32.ExitControls) & ~(uint)saves);
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr((uint)Msr.Efer, 0x501);
            guest.Wrmsr((uint)Msr.Pat, 0);
            guest.Spin(100);
            machine.Processor.Dr7 = 0x401;
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((0xD01ul, 0x400ul), (Vmcs.Read(Vmcs64.GuestEfer), Vmcs.Read(VmcsNatural.GuestDr7)));
        Assert.Equal(0x0007_0406_0007_0406ul, Vmcs.Read(Vmcs64.GuestPat));
        Assert.Equal(1_000_000u, Vmcs.Read(Vmcs32.PreemptionTimerValue));
    }

    [Fact]
    public void WhatIsSavedIsTheGuests()
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr((uint)Msr.Pat, 0x0606_0606_0606_0606);
            guest.Spin(100);
            machine.Processor.Dr7 = 0x401;
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x401ul, Vmcs.Read(VmcsNatural.GuestDr7));
        Assert.Equal(0x0606_0606_0606_0606ul, Vmcs.Read(Vmcs64.GuestPat));
        Assert.Equal(0x0007_0406_0007_0406ul, Cpu.ReadMsr(Msr.Pat));
        Assert.Equal(999_900u, Vmcs.Read(Vmcs32.PreemptionTimerValue));
    }

    // The guest turns paging on by itself: LMA follows, and the entry control says so on the way out.
    [Fact]
    public void LongModeIsReportedInTheEntryControl()
    {
        var machine = new GuestFixture(GoodVmcs.Protected32());
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr((uint)Msr.Efer, 0x900);
            guest.MovToCr4(0x2020);
            guest.MovToCr0(0x8000_0031);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0xD00ul, Vmcs.Read(Vmcs64.GuestEfer));
        Assert.NotEqual(0u, Vmcs.Read(Vmcs32.EntryControls) & (uint)EntryControls.Ia32eModeGuest);
    }

    [Fact]
    public void RegistersOutsideTheVmcsAreShared()
    {
        var machine = new GuestFixture();
        Cpu.WriteCr2(0x1234);
        machine.Registers.Rbx = 5;
        machine.Guest.Then(guest =>
        {
            Assert.Equal((0x1234ul, 5ul), (machine.Processor.Cr2, guest.Registers.Rbx));
            machine.Processor.Cr2 = 0x5678;
            guest.Registers.R15 = 7;
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((0x5678ul, 7ul), (Cpu.ReadCr2(), machine.Registers.R15));
    }

    // Rubbish in every field that the manual leaves undefined.
    [Fact]
    public void UndefinedFieldsArePoisoned()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.Vmcall()).Then(Exits.PreemptionTimer());
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((3u, 0ul), (machine.Length, machine.Qualification));
        AssertPoison(0x4404, 0x4406, 0x4408, 0x440A, 0x440E, 0x640A, 0x2400);
        Assert.False(new InterruptionInformation(Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation)).IsValid);
        Assert.False(new InterruptionInformation(Vmcs.Read(VmcsReadOnly32.IdtVectoringInformation)).IsValid);
        machine.Advance();
        machine.Expect(ExitReason.PreemptionTimerExpired);
        AssertPoison(0x440C, 0x440E);
    }

    private static void AssertPoison(params uint[] fields) =>
        Assert.All(fields, field => Assert.Equal(Poison.Of(field), VmxCpu.VmRead(field)));
}
