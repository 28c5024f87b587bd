// Guests that get nowhere, and guests that only look so: the same page fault again and again, with a handler that
// changes nothing, with one that counts, and with a hypervisor that steps over it. And other odd places to be.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using MinusOne.Tests.Unit.Scheduling;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class ProgressTests
{
    private const int Faults = 3000;

    [Theory]
    [InlineData(false, GuestEnd.NoProgress)]
    [InlineData(true, GuestEnd.Halted)]
    public void AFaultThatComesAgain(bool counts, object end)
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Script.Handler = (script, _) => script.Registers.Rcx += counts ? 1u : 0;
        guest.Script.Then(script =>
        {
            for (int i = 0; i < Faults; i++)
            {
                script.Exit(Exits.Exception(14, 0, 0x1234_5000));
                script.Rip = DeviceGuest.Rip;
            }
        });
        Assert.Equal((GuestEnd)end, guest.Run(Exits.InterruptWindow()));
    }

    // MOV RAX, [RBX].
    [Fact]
    public void AFaultThatIsSteppedOver()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Lesson->Features |= LessonFeatures.SkipExceptions;
        LessonFilter.Set(guest.Vm);
        guest.Write(DeviceGuest.Rip, 0x48, 0x8B, 0x03);
        guest.Script.Then(script =>
        {
            for (int i = 0; i < Faults; i++)
            {
                script.Exit(Exits.Exception(14, 0, 0x1234_5000));
                Assert.Equal(DeviceGuest.Rip + 3, script.Rip);
                script.Rip = DeviceGuest.Rip;
            }
        });
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.InterruptWindow()));
        Assert.Empty(guest.Script.Events);
    }

    // The last instruction below the hole in the linear addresses is carried out, and RIP stands in the hole: the entry
    // takes it, and the fetch there is the guest's #GP. SDM 3C 28.3.1.4 Checks on Guest RIP, RFLAGS, and SSP.
    [Fact]
    public void TheEdgeOfTheCanonicalAddresses()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest[VmcsNatural.GuestRip] = 0x7FFF_FFFF_FFFE;
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Cpuid()));
        Assert.Equal(0x8000_0000_0001ul, guest[VmcsNatural.GuestRip]);
    }

    // STI and a jump to itself: its timer comes after 15 seconds, and the report says halted. With interrupts off it
    // could not come, and nothing else can.
    [Theory]
    [InlineData(true, GuestEnd.Halted)]
    [InlineData(false, GuestEnd.NoProgress)]
    public void OneThatWaitsForItsTimerWithoutHalting(bool takesInterrupts, object end)
    {
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        machine.Config->ExpectedEnd = (GuestEnd)end;
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr((uint)Msr.ApicBase, 0xFEE0_0D00);
            guest.Wrmsr(0x80F, 0x1FF);
            guest.Wrmsr(0x83E, 0xB);
            guest.Wrmsr(0x832, 0x41);
            guest.Wrmsr(0x838, 1_500_000_000);
            if (takesInterrupts)
            {
                guest.Sti();
            }

            guest.Spin(1_600_000_000);
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }

    // A processor that is parked with its interrupts off, while the other one works; and two that are parked.
    [Theory]
    [InlineData(true, GuestEnd.PoweredOff)]
    [InlineData(false, GuestEnd.NoProgress)]
    public void AParkedProcessorEndsNobody(bool works, object end)
    {
        using CoreMachine machine = SmpScript.Pc(2);
        machine.Config->ExpectedEnd = (GuestEnd)end;
        machine.Guest.Then(guest =>
        {
            SmpScript.Begin(guest);
            object second = SmpScript.StartOther(guest);
            for (int i = 0; i < 24_000; i++)
            {
                if (works && guest.Vmcs != second)
                {
                    guest.Cpuid(0);
                }

                guest.Spin(100_000);
            }

            SmpScript.PowerOff(guest);
        });
        Assert.True(machine.Run(), machine.Log);
    }
}
