// VMLAUNCH and VMRESUME: launch state, the stages of refusal, what a failed entry leaves alone, MSR areas.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class EntryTests
{
    [Theory]
    [InlineData("real")]
    [InlineData("protected")]
    [InlineData("pae")]
    [InlineData("long")]
    [InlineData("virtual8086")]
    public void GoodVmcssEnter(string kind)
    {
        var machine = new GuestFixture(Image(kind));
        machine.Guest.Then(Exits.Cpuid());
        machine.Expect(ExitReason.Cpuid);
        Assert.Equal(1, machine.Processor.Vmx.Entries);
        machine.Guest.AssertFinished();
    }

    [Fact]
    public void LaunchOnceThenResume()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(Exits.Cpuid()).Then(Exits.Hlt());
        machine.Registers.Launched = 1;
        Fails(machine, 5);
        machine.Registers.Launched = 0;
        machine.Expect(ExitReason.Cpuid);
        machine.Registers.Launched = 0;
        Fails(machine, 4);
        machine.Registers.Launched = 1;
        machine.Expect(ExitReason.Hlt);

        // VMCLEAR makes it clear again, VMPTRLD alone does not.
        VmxCpu.VmPtrLoad(machine.Region);
        machine.Registers.Launched = 0;
        Fails(machine, 4);
        VmxCpu.VmClear(machine.Region);
        VmxCpu.VmPtrLoad(machine.Region);
        machine.Guest.Then(Exits.Hlt());
        machine.Expect(ExitReason.Hlt);
    }

    [Fact]
    public void NoVmcsNoEntry()
    {
        var machine = new GuestFixture();
        VmxCpu.VmClear(machine.Region);
        Assert.Equal(VmxResult.FailInvalid, machine.TryEnter());
    }

    [Fact]
    public void AVmcsThatWasNeverClearedIsRefused()
    {
        var machine = new GuestFixture();
        VmxCpu.VmPtrLoad(machine.Vmx.Region());
        Assert.Contains("VMCLEAR", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    [Fact]
    public void UnwrittenFieldsAreNamed()
    {
        var machine = new GuestFixture();
        machine.Vmx.LoadVmcs();
        string refusal = VmxMachine.Refusal(() => machine.TryEnter());
        Assert.Contains("GuestRip (681E)", refusal);
        Assert.Contains("VmcsLinkPointer", refusal);
        Assert.Contains("ExitMsrLoadCount", refusal);
        Assert.DoesNotContain("HostRsp", refusal);
        Assert.DoesNotContain("EptPointer", refusal);
    }

    [Fact]
    public void TheStagesFailInTheirWays()
    {
        var machine = new GuestFixture();
        Vmcs.Write(VmcsNatural.GuestRflags, 0);
        Vmcs.Write(Vmcs16.HostTrSelector, 0);
        uint pin = Vmcs.Read(Vmcs32.PinControls);
        Vmcs.Write(Vmcs32.PinControls, 0);
        Fails(machine, 7);
        Assert.Contains("PinControls", machine.Processor.Vmx.Refusal);
        Vmcs.Write(Vmcs32.PinControls, pin);
        Fails(machine, 8);
        Vmcs.Write(Vmcs16.HostTrSelector, 0x18);
        Assert.Equal(VmxResult.Succeed, machine.TryEnter());
        Assert.Equal(0x8000_0021u, Vmcs.Read(VmcsReadOnly32.ExitReason));
        Assert.Equal(0ul, machine.Qualification);
        Assert.Equal(0, machine.Processor.Vmx.Entries);
    }

    // A failed entry is no exit: launch state, guest state, the event and other exit information are as they were.
    [Fact]
    public void AFailedEntryLeavesAlone()
    {
        var machine = new GuestFixture();
        Vmcs.Write(Vmcs64.VmcsLinkPointer, 0x123);
        GuestFixture.Inject(0x8000_0306);
        Assert.Equal(VmxResult.Succeed, machine.TryEnter());
        Assert.Equal(4ul, machine.Qualification);
        Assert.Equal(0x8000_0306u, Vmcs.Read(Vmcs32.EntryInterruptionInformation));
        Assert.Equal(Poison.Of(0x440C), machine.Length);
        machine.Registers.Launched = 1;
        Fails(machine, 5);
        machine.Registers.Launched = 0;
        Vmcs.Write(Vmcs64.VmcsLinkPointer, ulong.MaxValue);
        machine.Guest.Then(Exits.Hlt());
        machine.Expect(ExitReason.Hlt);
        Assert.Equal(0x306u, Vmcs.Read(Vmcs32.EntryInterruptionInformation));
        GuestEvent received = Assert.Single(machine.Guest.Events);
        Assert.Equal((0x8000_0306u, true, 0x7C00ul), (received.Information, received.IsInjected, received.ReturnRip));
    }

    [Fact]
    public void MsrAreasAreCarriedOut()
    {
        var machine = new GuestFixture();
        Hpa area = machine.Memory.AllocateZeroed(1);
        Entry(machine, area, 0, (uint)Msr.Lstar, 0x1111);
        Entry(machine, area, 1, (uint)Msr.KernelGsBase, 0x2222);
        Entry(machine, area, 8, (uint)Msr.Lstar, 0);
        Entry(machine, area, 16, (uint)Msr.Lstar, 0x9999);
        Areas(area, entryLoad: 2, exitStore: 1, exitLoad: 1);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x1111ul, guest.Rdmsr((uint)Msr.Lstar));
            Assert.Equal(0x2222ul, guest.Rdmsr((uint)Msr.KernelGsBase));
            guest.Wrmsr((uint)Msr.Lstar, 0x3333);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x3333ul, machine.Memory.Read<ulong>(area + (8 * 16) + 8));
        Assert.Equal(0x9999ul, Cpu.ReadMsr(Msr.Lstar));
        Assert.Equal(0x2222ul, Cpu.ReadMsr(Msr.KernelGsBase));
    }

    [Theory]
    [InlineData(0x1234u, 0ul)]
    [InlineData((uint)Msr.GsBase, 0ul)]
    [InlineData(0x802u, 0ul)]
    [InlineData((uint)Msr.Lstar, 0x8000_0000_0000ul)]
    public void AnMsrThatDoesNotLoadFailsTheEntry(uint msr, ulong value)
    {
        var machine = new GuestFixture();
        Hpa area = machine.Memory.AllocateZeroed(1);
        Entry(machine, area, 0, (uint)Msr.Star, 1);
        Entry(machine, area, 1, msr, value);
        Areas(area, entryLoad: 2, exitStore: 0, exitLoad: 0);
        Assert.Equal(VmxResult.Succeed, machine.TryEnter());
        Assert.Equal(0x8000_0022u, Vmcs.Read(VmcsReadOnly32.ExitReason));
        Assert.Equal(2ul, machine.Qualification);
    }

    [Theory]
    [InlineData(1u, 0u, "abort 1")]
    [InlineData(0u, 1u, "abort 4")]
    public void ABadExitAreaAborts(uint stores, uint loads, string abort)
    {
        var machine = new GuestFixture();
        Hpa area = machine.Memory.AllocateZeroed(1);
        Entry(machine, area, 8, 0x1234, 0);
        Entry(machine, area, 16, 0x1234, 0);
        Areas(area, 0, stores, loads);
        machine.Guest.Then(Exits.Hlt());
        Assert.Contains(abort, VmxMachine.Refusal(() => machine.TryEnter()));
    }

    [Fact]
    public void TheHypervisorRunsOnlyOutsideTheGuest()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(_ => Vmcs.Read(VmcsNatural.GuestRip));
        Assert.Contains("a guest does", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    internal static VmcsImage Image(string kind) => kind switch
    {
        "real" => GoodVmcs.RealMode(),
        "protected" => GoodVmcs.Protected32(),
        "pae" => GoodVmcs.Pae32(),
        "long" => GoodVmcs.Long64(),
        _ => GoodVmcs.Virtual8086(),
    };

    private static void Fails(GuestFixture machine, uint error)
    {
        Assert.Equal(VmxResult.FailValid, machine.TryEnter());
        Assert.Equal(error, machine.Vmx.InstructionError);
    }

    private static void Entry(GuestFixture machine, Hpa area, uint number, uint msr, ulong value)
    {
        machine.Memory.Write(area + (number * 16), (ulong)msr);
        machine.Memory.Write(area + (number * 16) + 8, value);
    }

    // Entry load first, exit store 8 entries on, exit load 16 entries on.
    private static void Areas(Hpa area, uint entryLoad, uint exitStore, uint exitLoad)
    {
        Vmcs.Write(Vmcs64.EntryMsrLoadAddress, area.Value);
        Vmcs.Write(Vmcs64.ExitMsrStoreAddress, area.Value + 128);
        Vmcs.Write(Vmcs64.ExitMsrLoadAddress, area.Value + 256);
        Vmcs.Write(Vmcs32.EntryMsrLoadCount, entryLoad);
        Vmcs.Write(Vmcs32.ExitMsrStoreCount, exitStore);
        Vmcs.Write(Vmcs32.ExitMsrLoadCount, exitLoad);
    }
}
