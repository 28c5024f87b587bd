// Keyboards behind a controller for USB, typed at: at its own ports, behind a hub, plugged in late.

using MinusOne.Efi.Metal.Usb;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

public sealed unsafe class XhciTests : XhciFixture
{
    [Theory]
    [InlineData(1, 64, 8)]
    [InlineData(2, 32, 8)]
    [InlineData(3, 64, 64)]
    [InlineData(1, 32, 16)]
    public void AKeyboardIsTypedAt(byte speed, int contextBytes, byte orderPacket)
    {
        Xhci.LongContext = contextBytes;
        var keyboard = new SoftUsbDevice { Speed = (UsbSpeed)speed, OrderPacket = orderPacket };
        Xhci.Plug(2, keyboard);
        Start();
        Assert.False(Controller->IsDead);
        Assert.Equal(1, Controller->Keyboards);
        Assert.Equal(1, keyboard.Configuration);
        Assert.Equal(speed == 1 && orderPacket != 64 ? orderPacket : 0u, keyboard.Evaluated);
        Type(keyboard, 0, A);
        Type(keyboard, 0, A, B);
        Type(keyboard, 0);
        Type(keyboard, 2, A);
        Assert.Equal("abA", Typed());
    }

    [Fact]
    public void ShortAddressesAreEnough()
    {
        Xhci.HasShortAddresses = true;
        var keyboard = new SoftUsbDevice();
        Xhci.Plug(1, keyboard);
        Start();
        Type(keyboard, 0, A);
        Assert.Equal("a", Typed());
    }

    // More news than a ring has blocks, and orders.
    [Fact]
    public void RingsGoRound()
    {
        var keyboard = new SoftUsbDevice();
        Xhci.Plug(1, keyboard);
        Start();
        for (int i = 0; i < 1000; i++)
        {
            Type(keyboard, 0, A);
            Type(keyboard, 0);
            Assert.Equal("a", Typed());
        }

        for (int i = 0; i < 100; i++)
        {
            // Nobody does so more than once in a while.
            Cpu.Soft.Tsc += 5 * Hertz;
            Xhci.Plug(1, null);
            Controller->Poll();
            Assert.Equal((0, 0), (Controller->Keyboards, Xhci.Enabled));
            Xhci.Plug(1, keyboard);
            Controller->Poll();
            Assert.Equal(1, Controller->Keyboards);
        }

        Type(keyboard, 0, B);
        Assert.Equal("b", Typed());
    }

    [Fact]
    public void AKeyThatStaysDownRepeats()
    {
        var keyboard = new SoftUsbDevice();
        Xhci.Plug(1, keyboard);
        Start();
        Type(keyboard, 0, A);
        Wait(400);
        Assert.Equal("a", Typed());
        Wait(300);
        Assert.InRange(Typed().Length, 3, 6);
        Type(keyboard, 0);
        Wait(1000);
        Assert.Equal("", Typed());
    }

    // A slow one behind a fast hub, one that comes later there, and all of them at once.
    [Fact]
    public void AHubIsLookedBehind()
    {
        var slow = new SoftUsbDevice { Speed = UsbSpeed.Low, Endpoint = 2 };
        var late = new SoftUsbDevice { Speed = UsbSpeed.Full };
        var hub = new SoftUsbDevice
        {
            Speed = UsbSpeed.High,
            Packet = 1,
            Behind = [null, null, slow, null, null],
        };
        Xhci.Plug(3, hub);
        Start();
        Assert.Equal(1, Controller->Keyboards);
        Type(slow, 0, B);
        Assert.Equal("b", Typed());

        hub.Behind[4] = late;
        hub.Changed[4] = true;
        Assert.True(Xhci.Say(hub, 1, 1 << 4));
        Controller->Poll();
        Assert.Equal(2, Controller->Keyboards);
        Assert.False(hub.Changed[4]);
        Type(late, 0, A);
        Assert.Equal("a", Typed());
        hub.Behind[2] = null;
        hub.Changed[2] = true;
        Assert.True(Xhci.Say(hub, 1, 1 << 2));
        Controller->Poll();
        Assert.Equal(1, Controller->Keyboards);
        Xhci.Plug(3, null);
        Controller->Poll();
        Assert.Equal((0, 0), (Controller->Keyboards, Xhci.Enabled));
    }

    // What its ports tell of a reset, and a mouse that nobody wants, change nothing.
    [Fact]
    public void WhatIsNotNewIsNotReset()
    {
        var keyboard = new SoftUsbDevice();
        var hub = new SoftUsbDevice
        {
            Speed = UsbSpeed.High,
            Packet = 1,
            Behind = [null, new SoftUsbDevice { IsMouse = true }, keyboard],
        };
        Xhci.Plug(1, hub);
        Start();
        Assert.Equal((1, 2), (Controller->Keyboards, hub.Resets));
        for (int i = 0; i < 10; i++)
        {
            Assert.True(Xhci.Say(hub, 1, 6));
            Controller->Poll();
        }

        Assert.Equal((1, 2), (Controller->Keyboards, hub.Resets));
    }

    // Taken out and put in again before anybody looked.
    [Fact]
    public void AnotherOneAtOnceIsAnotherOne()
    {
        Xhci.Plug(1, new SoftUsbDevice());
        Start();
        var second = new SoftUsbDevice();
        Xhci.Plug(1, second);
        Controller->Poll();
        Assert.Equal((1, 1), (Controller->Keyboards, Xhci.Enabled));
        Type(second, 0, A);
        Assert.Equal("a", Typed());
    }

    [Fact]
    public void OneThatKnowsNoProtocolIsAKeyboardToo()
    {
        var keyboard = new SoftUsbDevice { RefusesProtocol = true };
        Xhci.Plug(1, keyboard);
        Start();
        Type(keyboard, 0, A);
        Assert.Equal("a", Typed());
    }

    // Too many keys at once are no keys.
    [Fact]
    public void TooManyKeysCountAsNoChange()
    {
        var keyboard = new SoftUsbDevice();
        Xhci.Plug(1, keyboard);
        Start();
        Type(keyboard, 0, A);
        Type(keyboard, 0, 1, 1, 1, 1, 1, 1);
        Type(keyboard, 0, A, B);
        Assert.Equal("ab", Typed());
    }
}
