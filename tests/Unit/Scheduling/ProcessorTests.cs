// Several processors in one guest, on the software processor: what wakes them, and when the guest is at its end.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;
using static MinusOne.Tests.Unit.Scheduling.SmpScript;

namespace MinusOne.Tests.Unit.Scheduling;

public sealed unsafe class ProcessorTests
{
    private const int MostSpins = 10_000;
    private const uint LvtTimer = 0x832, InitialCount = 0x838, Divide = 0x83E;

    // Halted with interrupts off it sleeps on when one comes; halted with interrupts on, it takes it; an NMI always.
    [Theory]
    [InlineData(false, Fixed, false)]
    [InlineData(true, Fixed, true)]
    [InlineData(false, Nmi, true)]
    [InlineData(true, Nmi, true)]
    public void WhoHaltsIsWokenByWhatItTakes(bool isOpen, ulong message, bool isWoken)
    {
        using CoreMachine machine = Pc(2);
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            object second = StartOther(guest);
            if (isOpen)
            {
                guest.Sti();
            }

            guest.Exit(Exits.Hlt());
            Assert.Same(first, guest.Vmcs);
            guest.Spin(3 * Quantum);
            Assert.Same(first, guest.Vmcs);
            guest.Wrmsr(Command, To1 | message);
            guest.Exit(Exits.Pause());
            Assert.Same(isWoken ? second : first, guest.Vmcs);
            PowerOff(guest);
        });
        Finish(machine);
    }

    // The sleeper has the processor when its turn comes, even if the other loops.
    [Fact]
    public void WhoIsWokenNeedNotWaitForALoop()
    {
        using CoreMachine machine = Pc(2);
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            object second = StartOther(guest);
            guest.Sti();
            guest.Exit(Exits.Hlt());
            guest.Spin(20 * Quantum);
            Assert.Same(first, guest.Vmcs);
            ulong sent = machine.Processor.Tsc;
            guest.Wrmsr(Command, To1 | Fixed);
            for (int i = 0; guest.Vmcs == first && i < MostSpins; i++)
            {
                guest.Spin(1000);
            }

            Assert.Same(second, guest.Vmcs);
            Assert.InRange(machine.Processor.Tsc - sent, 0ul, Quantum + 5000);
            PowerOff(guest);
        });
        Finish(machine);
    }

    // The timer of one that waits interrupts the one that runs, and both if both wait.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ATimerWakesItsOwnProcessor(bool otherHalts)
    {
        using CoreMachine machine = Pc(2);
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            object second = StartOther(guest);
            guest.Wrmsr(Divide, 0xB);
            guest.Wrmsr(LvtTimer, 0x40);
            ulong start = machine.Processor.Tsc;
            guest.Wrmsr(InitialCount, 700_000);
            guest.Sti();
            guest.Exit(Exits.Hlt());
            Assert.Same(first, guest.Vmcs);
            if (otherHalts)
            {
                guest.Exit(Exits.Hlt());
            }

            for (int i = 0; (guest.Vmcs == first || guest.Activity == ActivityState.Hlt) && i < MostSpins; i++)
            {
                guest.Spin(1000);
            }

            Assert.Same(second, guest.Vmcs);
            Assert.InRange(machine.Processor.Tsc - start, 700_000ul, 700_000 + Quantum + 10_000);
            PowerOff(guest);
        });
        Finish(machine);
    }

    // All wait; one is woken while it has the processor for want of others, and works on. Woken by it, another takes
    // the processor, and it gets it back.
    [Fact]
    public void WhoWakesWhereItWaitedGoesOnToWork()
    {
        using CoreMachine machine = Pc(2);
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            object second = StartOther(guest);
            guest.Wrmsr(Divide, 0xB);
            guest.Wrmsr(LvtTimer, 0x40);
            guest.Wrmsr(InitialCount, 700_000);
            guest.Sti();
            guest.Exit(Exits.Pause());
            Assert.Same(first, guest.Vmcs);
            guest.Sti();
            guest.Exit(Exits.Hlt());
            Assert.Same(second, guest.Vmcs);
            guest.Exit(Exits.Hlt());
            for (int i = 0; guest.Activity == ActivityState.Hlt && i < MostSpins; i++)
            {
                guest.Spin(1000);
            }

            Assert.Same(second, guest.Vmcs);
            guest.Wrmsr(Command, Fixed);
            int turns = 0;
            for (int i = 0; i < MostSpins; i++)
            {
                turns += guest.Vmcs == second ? 1 : 0;
                guest.Spin(1000);
            }

            Assert.InRange(turns, MostSpins / 4, MostSpins * 3 / 4);
            PowerOff(guest);
        });
        Finish(machine);
    }

    // Nobody is left who could wake another: the end.
    [Fact]
    public void AllHaltedForGoodIsTheEnd()
    {
        using CoreMachine machine = Pc(2);
        machine.Config->ExpectedEnd = GuestEnd.Halted;
        machine.Guest.Then(guest =>
        {
            object first = Begin(guest);
            StartOther(guest);
            guest.Exit(Exits.Hlt());
            Assert.Same(first, guest.Vmcs);
            guest.Exit(Exits.Hlt());
        });
        Finish(machine);
    }

    [Fact]
    public void ATripleFaultNamesItsProcessor()
    {
        using CoreMachine machine = Pc(2);
        machine.Config->ExpectedEnd = GuestEnd.TripleFault;
        machine.Guest.Then(guest =>
        {
            Begin(guest);
            StartOther(guest);
            guest.TripleFault();
        });
        Finish(machine);
        Assert.Matches("ended: .*triple fault.* of processor 1", machine.Log);
    }

    // INVEPT of one context forgets what every processor of the guest remembers: their VPIDs differ, their pointer does
    // not, and there is one processor under them. SDM 3C 30.4.3.2 (INVEPT, single-context).
    [Fact]
    public void OneInveptIsForAll()
    {
        using CoreMachine machine = Pc(2);
        machine.Guest.Then(guest =>
        {
            var page = new Gpa(0x5000);
            guest.Write8(page, 1);
            Begin(guest);
            StartOther(guest);
            Assert.Equal(1, guest.Read8(page));
            guest.Exit(Exits.Pause());
            Vm* vm = VmSlots.Of(machine.Machine)->At(0)->Vm;
            var all = new PageAttributes(PageRights.All, MemoryType.WriteBack);
            Assert.Equal(Resolution.Mapped, vm->Memory.TryReach(page, PageRights.Read, out byte* before));
            Assert.Equal(TableStatus.Done, vm->Memory.Table.Unmap(page.Value, 0x1000));
            Hpa frame = machine.Processor.Memory.Allocate(1);
            Assert.Equal(TableStatus.Done, vm->Memory.Table.Map(page.Value, 0x1000, frame, all));
            guest.Exit(Exits.Pause());
            Assert.NotEqual(1, guest.Read8(page));
            guest.Exit(Exits.Pause());
            Assert.NotEqual(1, guest.Read8(page));
            Assert.Equal(TableStatus.Done, vm->Memory.Table.Unmap(page.Value, 0x1000));
            Assert.Equal(TableStatus.Done, vm->Memory.Table.Map(page.Value, 0x1000, new Hpa(before), all));
            PowerOff(guest);
        });
        Finish(machine);
    }

    // Other processors cost frames only: all come back, and so they do when there are too few.
    [Theory]
    [InlineData(200, 8)]
    [InlineData(24, 8)]
    public void EveryFrameComesBack(int frames, uint count)
    {
        using CoreMachine machine = Pc(count, frames);
        machine.Guest.Then(PowerOff);
        machine.Run();
        Assert.Equal((uint)frames, machine.Machine->Frames.Available);
        Assert.True(machine.Log.Contains("cannot start: no frames left") == (frames < 200), machine.Log);
    }
}
