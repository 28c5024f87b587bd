// Controllers for USB, and devices behind them, that do not do what they should: nobody waits for them long.

using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Usb;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

public sealed unsafe class XhciTroubleTests : XhciFixture
{
    // It takes no other keyboard with it; a hub that falls silent goes with all that hangs there.
    [Fact]
    public void ASilentDeviceIsLetGoAlone()
    {
        var keyboard = new SoftUsbDevice();
        var hub = new SoftUsbDevice { Speed = UsbSpeed.High, Packet = 1, Behind = [null, new SoftUsbDevice()] };
        Xhci.Plug(1, new SoftUsbDevice { IsSilent = true });
        Xhci.Plug(2, keyboard);
        Xhci.Plug(3, hub);
        Start();
        Assert.False(Controller->IsDead);
        Assert.Equal(2, Controller->Keyboards);
        hub.IsSilent = true;
        ulong before = Cpu.Soft.Tsc;
        Assert.True(Xhci.Say(hub, 1, 2));
        Controller->Poll();
        Assert.InRange(Cpu.Soft.Tsc - before, 0ul, 5 * Hertz);
        Assert.Equal((1, 1), (Controller->Keyboards, Xhci.Enabled));
        Type(keyboard, 0, A);
        Assert.Equal("a", Typed());
    }

    // A contact that is loose for good: guests wait a part of the time, and then no longer.
    [Fact]
    public void WhatAlwaysChangesIsGivenUp()
    {
        var keyboard = new SoftUsbDevice();
        Xhci.Plug(1, keyboard);
        Start();
        ulong before = Cpu.Soft.Tsc;
        for (int i = 0; i < 1000 && !Controller->IsDead; i++)
        {
            Xhci.Plug(1, keyboard);
            Controller->Poll();
        }

        Assert.True(Controller->IsDead);
        Assert.InRange(Cpu.Soft.Tsc - before, 0ul, 20 * Hertz);
        before = Cpu.Soft.Tsc;
        Controller->Poll();
        Assert.Equal(before, Cpu.Soft.Tsc);
    }

    [Fact]
    public void OthersAreLetGo()
    {
        Xhci.Plug(1, new SoftUsbDevice { IsMouse = true });
        Xhci.Plug(2, new SoftUsbDevice { Descriptor = [9, 2, 200, 0, 1, 1, 0, 0xA0, 50, 0, 0, 0] });
        Xhci.Plug(3, new SoftUsbDevice { Descriptor = [] });
        Start();
        Assert.False(Controller->IsDead);
        Assert.Equal((0, 0), (Controller->Keyboards, Xhci.Enabled));
    }

    // A fault on the line is passed over; one that has nothing but faults is no longer listened to.
    [Fact]
    public void AFaultIsNotTheEnd()
    {
        var keyboard = new SoftUsbDevice();
        Xhci.Plug(1, keyboard);
        Start();
        Assert.True(Xhci.Say(keyboard, 4));
        Controller->Poll();
        Type(keyboard, 0, A);
        Assert.Equal("a", Typed());
        int faults = 0;
        for (; faults < 100 && Xhci.Enabled != 0; faults++)
        {
            Assert.True(Xhci.Say(keyboard, 4));
            Controller->Poll();
        }

        Assert.InRange(faults, 8, 32);
        Assert.Equal((false, 0), (Controller->IsDead, Controller->Keyboards));
    }

    // Firmware that does not let go has had its time.
    [Fact]
    public void FirmwareIsAskedAndNotWaitedForLong()
    {
        Xhci.IsKept = true;
        Xhci.Plug(1, new SoftUsbDevice());
        Start();
        Assert.Equal((1, 1), (Controller->Keyboards, Xhci.Resets));
    }

    [Fact]
    public void OneThatDoesNotResetIsLeftAlone()
    {
        Xhci.NeverResets = true;
        Start();
        Assert.True(Controller->IsDead);
        Controller->Poll();
    }

    [Fact]
    public void OneThatDoesNotAnswerIsLeftAlone()
    {
        Xhci.NeverAnswers = true;
        Xhci.Plug(1, new SoftUsbDevice());
        Xhci.Plug(2, new SoftUsbDevice());
        ulong before = Cpu.Soft.Tsc;
        Start();
        Assert.True(Controller->IsDead);
        Assert.InRange(Cpu.Soft.Tsc - before, 0ul, 3 * Hertz);
        before = Cpu.Soft.Tsc;
        Controller->Poll();
        Assert.InRange(Cpu.Soft.Tsc - before, 0ul, Hertz / 1000);
    }

    // Registers that cannot be: all ones, zeros, and offsets that lead out of them.
    [Theory]
    [InlineData(0x00, 0xFFFF_FFFF)]
    [InlineData(0x00, 0)]
    [InlineData(0x04, 0)]
    [InlineData(0x04, 0xFF00_0000)]
    [InlineData(0x14, 0xFFFF_FFF0)]
    [InlineData(0x18, 0xFFFF_FFE0)]
    [InlineData(0x18, 0)]
    public void NonsenseIsNoController(uint offset, uint value)
    {
        Mmio.Device = new Lying(Xhci, offset, value);
        Assert.False(XhciController.CanDrive(new XhciRegisters(0, XhciPlace.Length)));
    }

    private sealed class Lying(IRegisters device, uint at, uint answer) : IRegisters
    {
        public uint Read(uint offset) => offset == at ? answer : device.Read(offset);

        public void Write(uint offset, uint value) => device.Write(offset, value);
    }
}
