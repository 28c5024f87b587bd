// Guests from VMXON to VMXOFF: how they end, what the counters and the report say of them, and that every frame comes
// back, whatever happened.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class RunTests
{
    [Fact]
    public void HelloPrintsAndHalts()
    {
        using var machine = new CoreMachine();
        machine.Config->Start.Rax = machine.Config->Start.Rbx = 2;
        machine.Guest.Then(guest =>
        {
            Assert.Equal((0x1000ul, 2ul, 2ul), (guest.Rip, guest.Registers.Rax, guest.Registers.Rbx));
            foreach (char character in "Hello, world!\n")
            {
                guest.Out8(CoreMachine.SerialData, (byte)character);
            }

            guest.Hlt();
        });
        machine.Expect((ExitReason.IoInstruction, 14, 14), (ExitReason.Hlt, 1, 1));
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal("Hello, world!\n", machine.Console);
        Assert.Contains("guest 'test' ended: HLT with nothing left that could wake it, RIP 100F\n", machine.Log);
        Assert.Contains("end=halt expected=yes exits=15 entries=15 pages=1 tables=4 ", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void PowerOffIsOneEntryAndOneExit()
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.None;
        machine.Guest.Then(guest => guest.Out16(0x604, 0x2000));
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("end=power-off expected=yes exits=1 entries=1 ", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void DemandPagesAreCounted()
    {
        using var machine = new CoreMachine();
        machine.Config->MemoryBytes = 0x4000_0000;
        machine.Guest.Then(guest =>
        {
            for (ulong i = 1; i < 16; i++)
            {
                guest.Write64(new Gpa(i * 0x200_0000), i);
                Assert.Equal(i, guest.Read64(new Gpa(i * 0x200_0000)));
            }

            guest.Hlt();
        });
        machine.Expect((ExitReason.EptViolation, 15, 15), (ExitReason.Hlt, 1, 1));
        Assert.True(machine.Run(), machine.Log);

        // The image's page and 15 more; root, two tables above, one for each 2 MiB.
        Assert.Contains(" pages=16 tables=19 ", machine.Log);
        Assert.Contains("memory 16 pages (identity 0, substituted 16), EPT tables 19;", machine.Log);
        Finished(machine);
    }

    [Theory]
    [InlineData(0x1_0000ul, "write to guest-physical 10000")]
    [InlineData(0x1_0000ul, "read from guest-physical 10000")]
    [InlineData(0x8000_0000_0000ul, "fetch from guest-physical 800000000000")]
    public void AnIllegalAddressEndsTheGuest(ulong address, string text)
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.IllegalAddress;
        machine.Guest.Then(guest =>
        {
            if (text[0] == 'w')
            {
                guest.Write8(new Gpa(address), 1);
            }
            else if (text[0] == 'r')
            {
                guest.Read8(new Gpa(address));
            }
            else
            {
                guest.Exit(Exits.EptViolation(new Gpa(address), Access.Execute));
            }
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains($"it touched memory that it does not have, RIP 1000, {text}\n", machine.Log);
        Assert.Contains("  bytes at RIP: F4 00", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void OutOfFramesEndsTheGuestAndGivesAllBack()
    {
        using var machine = new CoreMachine(frames: 20);
        machine.Config->MemoryBytes = 0x10_0000;
        machine.Config->ExpectedEnd = GuestEnd.OutOfMemory;
        machine.Guest.Then(guest =>
        {
            for (ulong page = 0; page < 256; page++)
            {
                guest.Write8(new Gpa(page << 12), 1);
            }
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("no memory left for it, RIP ", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void AnUnknownExitIsLoudAndFinal()
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.UnhandledExit;
        machine.Guest.Then(Exits.Unknown(200));
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("an exit that nobody handles", machine.Log);
        Assert.Contains("  last exit 200 (", machine.Log);
        Assert.Contains("end=unhandled-exit expected=yes exits=1 ", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void ATripleFaultEndsTheGuest()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest => guest.TripleFault());
        Assert.False(machine.Run());
        Assert.Contains("end=triple-fault expected=no", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void AWrongNumberOfExitsIsTold()
    {
        using var machine = new CoreMachine();
        machine.Expect((ExitReason.Hlt, 1, 1), (ExitReason.Cpuid, 2, 3));
        machine.Guest.Then(guest => guest.Cpuid(0)).Then(guest => guest.Hlt());
        Assert.False(machine.Run());
        Assert.Contains("expected 2 to 3 exits 'CPUID', counted 1\n", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void GuestsRunOneAfterTheOther()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(Exits.Hlt()).Then(Exits.TripleFault()).Then(Exits.Hlt());
        Assert.Equal(1u, machine.Run("one T1 missing  THREE", machine.Programs("one", "two", "three")));
        Assert.Contains("guest name=one end=halt expected=yes", machine.Log);
        Assert.Contains("guest name=two end=triple-fault expected=no", machine.Log);
        Assert.Contains("guest name=three end=halt expected=yes", machine.Log);
        Finished(machine);
    }

    [Fact]
    public void AllGuestsMakeATable()
    {
        using var machine = new CoreMachine();
        machine.Config->Title = machine.Text("A title");
        machine.Guest.Then(Exits.Hlt()).Then(Exits.TripleFault());
        Assert.Equal(1u, machine.Run("all", machine.Programs("one", "two")));
        Assert.Equal(
            "A title\nA title\n"
            + "T0    one                   passed    sentence 0\n"
            + "T1    two                   FAILED    sentence 1\n"
            + "1 demonstrations passed, 1 failed\n",
            machine.Console);
        Assert.DoesNotContain("guest 'one' ended", machine.Log);
        Assert.Contains("guest 'two' ended", machine.Log);
        Finished(machine);
    }

    // With VPID the guest has one of its own, and none of its old translations; without, all goes as well.
    [Theory]
    [InlineData(nameof(Presets.SkylakeX), true)]
    [InlineData(nameof(Presets.NoVpid), false)]
    public void VpidIsUsedWhereThereIsOne(string preset, bool hasVpid)
    {
        using var machine = new CoreMachine(Presets.All[preset]());
        machine.Guest.Then(guest =>
        {
            Assert.Equal(hasVpid, guest.Vmcs.Has(SecondaryControls.EnableVpid));
            if (hasVpid)
            {
                Assert.Equal(1, (int)guest.Vmcs[Vmcs16.VirtualProcessorId]);
            }

            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }

    // Every processor that is not refused runs a guest.
    [Theory]
    [InlineData(nameof(Presets.LockedOn))]
    [InlineData(nameof(Presets.NoTrueControls))]
    [InlineData(nameof(Presets.NoAccessedDirty))]
    [InlineData(nameof(Presets.NoPages1G))]
    [InlineData(nameof(Presets.NoPages2M))]
    [InlineData(nameof(Presets.NoInveptSingleContext))]
    [InlineData(nameof(Presets.NoPreemptionTimer))]
    [InlineData(nameof(Presets.NoInvpcid))]
    [InlineData(nameof(Presets.NoXsaves))]
    [InlineData(nameof(Presets.NoVirtualNmis))]
    [InlineData(nameof(Presets.SlowPreemptionTimer))]
    public void OptionalFeaturesAreOptional(string preset)
    {
        using var machine = new CoreMachine(Presets.All[preset]());
        machine.Guest.Then(guest =>
        {
            guest.Write8(new Gpa(0x5000), 1);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Finished(machine);
    }

    private static void Finished(CoreMachine machine)
    {
        Assert.Contains("VT-x off\n", machine.Log);
        Assert.DoesNotContain("frames in the pool", machine.Log);
        Assert.Equal(machine.Machine->Frames.Total, machine.Machine->Frames.Available);
        Assert.Equal(0, machine.Processor.Vmx.Active);
        Assert.Equal(0ul, Cpu.ReadCr4() & (ulong)Cr4.VmxEnable);
    }
}
