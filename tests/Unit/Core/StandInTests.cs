// Instructions on a device's memory, or on nobody's, that only the processor itself can carry out, and events whose
// delivery reaches there: once, with a page in the place of what is not there.

using System.Runtime.CompilerServices;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using Exits = MinusOne.Tests.Model.Exits;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class StandInTests
{
    private const ulong Nobodys = 0xFEA0_0000;
    private const ulong Device = 0xFEB0_0010;

    // MOVUPS XMM0, [RBX]; MOVUPS [RBX], XMM0; PUSH [RBX]; FXRSTOR [RBX].
    [Theory]
    [InlineData(new byte[] { 0x0F, 0x10, 0x03 }, Access.Read)]
    [InlineData(new byte[] { 0x0F, 0x11, 0x03 }, Access.Write)]
    [InlineData(new byte[] { 0xFF, 0x33 }, Access.Read)]
    [InlineData(new byte[] { 0x0F, 0xAE, 0x0B }, Access.Read)]
    public void NobodysMemoryReadsAsOnesAndForgets(byte[] code, object access)
    {
        using DeviceGuest guest = Stopped(code, Nobodys);
        for (int time = 0; time < 2; time++)
        {
            guest.Script.Then(DeviceGuest.Violation(Nobodys, (Access)access));
            guest.Script.Then(script =>
            {
                Assert.Equal(ulong.MaxValue, At(guest, Nobodys));
                Assert.Equal(ulong.MaxValue, At(guest, Nobodys + 0xFF8));
                At(guest, Nobodys) = 7;
                Finish(script);
            });
        }

        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Pause()));
        AssertGone(guest, Nobodys);
    }

    // What it reads is the device's, and what it changes goes there, by doublewords.
    [Fact]
    public void ADeviceIsReadAndWritten()
    {
        using DeviceGuest guest = Stopped([0x0F, 0x11, 0x03], Device);
        guest.Vm->Board.WriteMemory(new Gpa(Device), 4, 0x1234_5678);
        guest.Script.Then(DeviceGuest.Violation(Device, Access.Read));
        guest.Script.Then(script =>
        {
            Assert.Equal(0x1234_5678u, (uint)At(guest, Device));
            Finish(script);
        });
        guest.Script.Then(DeviceGuest.Violation(Device, Access.Write));
        guest.Script.Then(script =>
        {
            At(guest, Device) = 0xFFFF_FFFF_0000_0000;
            *(ushort*)Unsafe.AsPointer(ref At(guest, Device + 8)) = 0x2211;
            Finish(script);
        });
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Pause()));
        Assert.Equal(0xFFFF_FFFF_0000_0000ul, guest.Vm->Board.ReadMemory(new Gpa(Device), 8));
        Assert.Equal(0x2211ul, guest.Vm->Board.ReadMemory(new Gpa(Device + 8), 4));
        AssertGone(guest, Device);
    }

    // An instruction that does not come to its end has written nothing.
    [Fact]
    public void AFaultLeavesTheDeviceAlone()
    {
        using DeviceGuest guest = Stopped([0x0F, 0x11, 0x03], Device);
        guest.Script.Then(DeviceGuest.Violation(Device, Access.Write));
        guest.Script.Then(script =>
        {
            At(guest, Device) = 7;
            script.Exit(Exits.Exception((byte)ExceptionVector.AlignmentCheck, 0));
        });
        guest.Script.Handler = (_, _) => { };
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Pause()));
        Assert.Equal(0ul, guest.Vm->Board.ReadMemory(new Gpa(Device), 4));
        Assert.Equal(0x8000_0B11u, Assert.Single(guest.Script.Events).Information);
        AssertGone(guest, Device);
    }

    // It goes again in the shadow that it stands in.
    [Fact]
    public void WhatIsInterruptedFindsItsShadow()
    {
        using DeviceGuest guest = Stopped([0x0F, 0x10, 0x03], Nobodys);
        Vmcs.Write(Vmcs32.GuestInterruptibilityState, InterruptibilityState.MovSs);
        uint during = 9, after = 9;
        guest.Script.Then(DeviceGuest.Violation(Nobodys, Access.Read));
        guest.Script.Then(script =>
        {
            during = script.Blocking;
            script.Exit(Exits.PreemptionTimer());
        });
        guest.Script.Then(script => after = script.Blocking);
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Pause()));
        Assert.Equal((0u, InterruptibilityState.MovSs), (during, after));
    }

    // MOVUPS over the end of a page: the second one is met on the way.
    [Fact]
    public void TwoPagesStandInAtOnce()
    {
        const ulong Second = Nobodys + 0x1000;
        using DeviceGuest guest = Stopped([0x0F, 0x10, 0x03], Second - 8);
        guest.Script.Then(DeviceGuest.Violation(Second - 8, Access.Read));
        guest.Script.Then(script =>
        {
            Assert.Equal(ulong.MaxValue, At(guest, Second - 8));
            script.Exit(DeviceGuest.Violation(Second, Access.Read));
        });
        guest.Script.Then(script =>
        {
            Assert.Equal(ulong.MaxValue, At(guest, Second - 8));
            Assert.Equal(ulong.MaxValue, At(guest, Second));
            Finish(script);
        });
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Pause()));
        AssertGone(guest, Second - 8);
        AssertGone(guest, Second);
    }

    // Nothing needs so many.
    [Fact]
    public void WhatReachesForPageAfterPageEndsTheGuest()
    {
        using DeviceGuest guest = Stopped([0x0F, 0x10, 0x03], Nobodys);
        for (ulong page = 0; page < 5; page++)
        {
            guest.Script.Then(DeviceGuest.Violation(Nobodys + (page << 12), Access.Read));
        }

        RunLoop.Run(guest.Vm, guest.Vcpu);
        Assert.Equal(GuestEnd.OutOfMemory, guest.Vm->End);
        AssertGone(guest, Nobodys);
    }

    // A stack that is nobody's, or a device: the pushes go where hardware would have them.
    [Theory]
    [InlineData(Nobodys, 0xFFFF_FFFFul)]
    [InlineData(Device, 0x77ul)]
    public void AnEventIsDeliveredThere(ulong stack, ulong left)
    {
        using DeviceGuest guest = Stopped([0x90], stack);
        guest.Script.Then(DeviceGuest.Violation(stack, Access.Write) with { IdtVectoring = 0x8000_0306 });
        guest.Script.Handler = (script, received) =>
        {
            Assert.True(received.IsInjected);
            At(guest, stack) = (At(guest, stack) & ~(ulong)uint.MaxValue) | 0x77;
            script.Exit(Exits.PreemptionTimer());
        };
        guest.Script.Then(_ => { });
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Pause()));
        Assert.Equal(0x8000_0306u, Assert.Single(guest.Script.Events).Information);
        Assert.Equal(left, guest.Vm->Board.ReadMemory(new Gpa(stack), 4));
        AssertGone(guest, stack);
    }

    // For learners, and on a processor without the timer.
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void WithoutItTheGuestEnds(bool hasOpenBus, bool hasTimer)
    {
        using DeviceGuest guest = Stopped([0x0F, 0x10, 0x03], Device);
        guest.Vm->HasOpenBus = hasOpenBus;
        if (!hasTimer)
        {
            VmxVcpu.Of(guest.Vcpu)->Controls.Pin &= ~PinControls.PreemptionTimer;
        }

        guest.Script.Then(DeviceGuest.Violation(Device, Access.Read));
        RunLoop.Run(guest.Vm, guest.Vcpu);
        Assert.Equal(GuestEnd.Undecodable, guest.Vm->End);
    }

    // The instruction has come to its end.
    private static void Finish(ScriptedGuest script, ulong causes = PendingDebugExceptions.Step)
    {
        Assert.Equal(
            (ulong)Rflags.Trap, script.Rflags & (ulong)(Rflags.Trap | Rflags.InterruptEnable));
        script.Exit(Exits.Exception((byte)ExceptionVector.Debug, null, causes));
    }

    // What the processor finds there.
    private static ref ulong At(DeviceGuest guest, ulong address) =>
        ref *(ulong*)guest.Vm->Memory.Table.Translate(address).Address.Pointer;

    private static DeviceGuest Stopped(byte[] code, ulong address)
    {
        DeviceGuest guest = DeviceGuest.Of("long");
        guest.Vm->HasOpenBus = true;
        guest.Write(DeviceGuest.Rip, code);
        guest.Registers.Rbx = address;
        return guest;
    }

    private static void AssertGone(DeviceGuest guest, ulong address)
    {
        Assert.False(guest.Vm->Memory.Table.Translate(address).IsMapped);
        Assert.Equal(0ul, guest[VmcsNatural.GuestRflags] & (ulong)Rflags.Trap);
        Assert.NotEqual(uint.MaxValue, Vmcs.Read(Vmcs32.ExceptionBitmap));
    }
}
