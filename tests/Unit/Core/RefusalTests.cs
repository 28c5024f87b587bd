// Guests that cannot start, cannot be entered, or get nowhere: one sentence each, nothing left behind, and the
// hypervisor goes on.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class RefusalTests
{
    // A pool that is too small at every step on the way.
    [Fact]
    public void WithTooFewFramesEveryFrameComesBack()
    {
        bool started = false;
        for (int frames = 1; !started; frames++)
        {
            Assert.True(frames < 40, "it never starts");
            using var machine = new CoreMachine(frames: frames);
            machine.Guest.Then(guest => guest.Hlt());
            started = machine.Run();
            Assert.True(
                started
                || machine.Log.Contains("cannot start: no ", StringComparison.Ordinal), $"{frames}: {machine.Log}");
            Assert.DoesNotContain("frames in the pool", machine.Log);
            Assert.Equal((uint)frames, machine.Machine->Frames.Available);
            Assert.Equal(0, machine.Processor.Vmx.Active);
        }
    }

    [Fact]
    public void NoFrameForVmxon()
    {
        using var machine = new CoreMachine(frames: 1);
        Assert.True(machine.Machine->Frames.TryAllocate(FrameOwner.Hypervisor, out _));
        Assert.False(machine.Run());
        Assert.Equal("no frame for the VMXON region\n", machine.Log);
    }

    [Theory]
    [InlineData(0x1_0000ul, 1, "its image does not fit its memory")]
    [InlineData(0xFFFFul, 2, "its image does not fit its memory")]
    [InlineData(ulong.MaxValue, 1, "its image does not fit its memory")]
    public void AnImageLargerThanMemory(ulong load, int bytes, string complaint)
    {
        using var machine = new CoreMachine();
        machine.Config->LoadAddress = load;
        machine.SetImage(new byte[bytes]);
        Assert.False(machine.Run());
        Assert.Contains($"guest 'test' cannot start: {complaint}\n", machine.Log);
        Assert.Equal(machine.Machine->Frames.Total, machine.Machine->Frames.Available);
    }

    [Fact]
    public void MemoryIsWholePages()
    {
        using var machine = new CoreMachine();
        machine.Config->MemoryBytes = 0x1_0001;
        Assert.False(machine.Run());
        Assert.Contains("cannot start: its memory is not whole pages", machine.Log);
    }

    [Fact]
    public void AMissingControlIsNamed()
    {
        using var machine = new CoreMachine(Presets.NoUnrestrictedGuest());
        Assert.False(machine.Run());
        Assert.Contains(
            "guest 'test' needs 'unrestricted guest' (secondary controls), which this processor cannot set so\n",
            machine.Log);
        Assert.Equal(machine.Machine->Frames.Total, machine.Machine->Frames.Available);
    }

    // The revision it reads is not the one the processor has: VMfailInvalid, and all is as before.
    [Fact]
    public void VmxonRefused()
    {
        using var machine = new CoreMachine();
        VmxOperation.LockFeatureControlOn();
        VmxOperation.TurnOn(Region(machine));
        ulong cr4 = Cpu.ReadCr4();
        Assert.False(machine.Run());
        Assert.Contains("VMXON failed: VMfail", machine.Log);
        Assert.Contains("h begins with 2B", machine.Log);
        Assert.Equal(machine.Machine->Frames.Total, machine.Machine->Frames.Available);
    }

    // A repaired fault that comes again and again, a thousand times.
    [Fact]
    public void TheSameFaultAThousandTimes()
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.NoProgress;
        for (int i = 0; i < 1010; i++)
        {
            machine.Guest.Then(Exits.EptViolation(new Gpa(0x1000), Access.Read));
        }

        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("it makes no progress", machine.Log);
        Assert.Contains(" exits=1001 ", machine.Log);
    }

    [Fact]
    public void SlicesWithoutAnythingElse()
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.NoProgress;
        machine.Guest.Then(guest => guest.SpinForever());
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("end=no-progress expected=yes exits=1001 ", machine.Log);
    }

    // A guest that asks a port now and then is alive, even if every slice ends at the same instruction.
    [Fact]
    public void AnyOtherExitIsProgress()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            for (int i = 0; i < 2200; i++)
            {
                ulong rip = guest.Rip;
                guest.Spin(1_100_000);
                guest.In8(0x60);
                guest.Rip = rip;
            }

            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }

    [Fact]
    public void AnEntryThatIsRefusedIsExplained()
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.EntryFailed;
        machine.Machine->At(0)->Host.TaskSelector = 0;
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains(
            "VM entry: VMfailValid, instruction error 8: VM entry: the host-state fields are invalid\n" +
            "  that means: the first audit line below names the broken rule\n  way out: a defect", machine.Log);
        Assert.Contains("audit: host state: ", machine.Log);
        Assert.Contains("HostTrSelector (0C0C) = 0\n", machine.Log);
        Assert.Contains("end=entry-failed expected=yes", machine.Log);
        Assert.Equal(machine.Machine->Frames.Total, machine.Machine->Frames.Available);
    }

    [Fact]
    public void AnEntryThatFailsIsExplained()
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.EntryFailed;
        machine.Config->Start.Entry = 0x1_0000_0000;
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("VM entry: exit reason 80000021h (", machine.Log);
        Assert.Contains("audit: guest state: ", machine.Log);
        Assert.Contains("GuestRip (681E) = 100000000\n", machine.Log);
    }

    private static Hpa Region(CoreMachine machine) => machine.Processor.Memory.AllocateZeroed(1);
}
