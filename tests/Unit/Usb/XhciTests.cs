// Keyboards behind a controller for USB, typed at: at its own ports, behind a hub, plugged in late; and controllers and
// devices that do not do what they should.

using System;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Keys;
using MinusOne.Efi.Metal.Usb;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

public sealed unsafe class XhciTests : IDisposable
{
    private const ulong Hertz = 1_000_000_000;
    private const byte A = 4, B = 5;

    private readonly SoftXhci _xhci = new();
    private readonly KeyTyping* _typing;
    private readonly XhciController* _controller;
    private byte* _pages;

    public XhciTests()
    {
        // A look at the clock takes a tenth of a millisecond.
        Cpu.Soft = new SoftProcessor { ReadTicks = Hertz / 10_000 };
        Mmio.Device = _xhci;
        _typing = (KeyTyping*)NativeMemory.AllocZeroed((nuint)sizeof(KeyTyping));
        _controller = (XhciController*)NativeMemory.AllocZeroed((nuint)sizeof(XhciController));
    }

    public void Dispose()
    {
        Cpu.Soft = null;
        Mmio.Device = null;
        NativeMemory.Free(_typing);
        NativeMemory.Free(_controller);
        NativeMemory.AlignedFree(_pages);
    }

    [Theory]
    [InlineData(1, 64, 8)]
    [InlineData(2, 32, 8)]
    [InlineData(3, 64, 64)]
    [InlineData(1, 32, 16)]
    public void AKeyboardIsTypedAt(byte speed, int contextBytes, byte orderPacket)
    {
        _xhci.LongContext = contextBytes;
        var keyboard = new SoftUsbDevice { Speed = (UsbSpeed)speed, OrderPacket = orderPacket };
        _xhci.Plug(2, keyboard);
        Start();
        Assert.False(_controller->IsDead);
        Assert.Equal(1, _controller->Keyboards);
        Assert.Equal(1, keyboard.Configuration);
        Assert.Equal(speed == 1 && orderPacket != 64 ? orderPacket : 0u, keyboard.Evaluated);
        Type(keyboard, 0, A);
        Type(keyboard, 0, A, B);
        Type(keyboard, 0);
        Type(keyboard, 2, A);
        Assert.Equal("abA", Typed());
    }

    // More news than a ring has blocks, and orders.
    [Fact]
    public void RingsGoRound()
    {
        var keyboard = new SoftUsbDevice();
        _xhci.Plug(1, keyboard);
        Start();
        for (int i = 0; i < 1000; i++)
        {
            Type(keyboard, 0, A);
            Type(keyboard, 0);
            Assert.Equal("a", Typed());
        }

        for (int i = 0; i < 100; i++)
        {
            _xhci.Plug(1, null);
            _controller->Poll();
            Assert.Equal((0, 0), (_controller->Keyboards, _xhci.Enabled));
            _xhci.Plug(1, keyboard);
            _controller->Poll();
            Assert.Equal(1, _controller->Keyboards);
        }

        Type(keyboard, 0, B);
        Assert.Equal("b", Typed());
    }

    [Fact]
    public void AKeyThatStaysDownRepeats()
    {
        var keyboard = new SoftUsbDevice();
        _xhci.Plug(1, keyboard);
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
        _xhci.Plug(3, hub);
        Start();
        Assert.Equal(1, _controller->Keyboards);
        Type(slow, 0, B);
        Assert.Equal("b", Typed());

        hub.Behind[4] = late;
        hub.Changed[4] = true;
        Assert.True(_xhci.Say(hub, 1, 1 << 4));
        _controller->Poll();
        Assert.Equal(2, _controller->Keyboards);
        Assert.False(hub.Changed[4]);
        Type(late, 0, A);
        Assert.Equal("a", Typed());
        hub.Behind[2] = null;
        Assert.True(_xhci.Say(hub, 1, 1 << 2));
        _controller->Poll();
        Assert.Equal(1, _controller->Keyboards);
        _xhci.Plug(3, null);
        _controller->Poll();
        Assert.Equal((0, 0), (_controller->Keyboards, _xhci.Enabled));
    }

    [Fact]
    public void OthersAreLetGo()
    {
        _xhci.Plug(1, new SoftUsbDevice { IsMouse = true });
        _xhci.Plug(2, new SoftUsbDevice { Descriptor = [9, 2, 200, 0, 1, 1, 0, 0xA0, 50, 0, 0, 0] });
        _xhci.Plug(3, new SoftUsbDevice { Descriptor = [] });
        Start();
        Assert.False(_controller->IsDead);
        Assert.Equal((0, 0), (_controller->Keyboards, _xhci.Enabled));
    }

    [Fact]
    public void OneThatKnowsNoProtocolIsAKeyboardToo()
    {
        var keyboard = new SoftUsbDevice { RefusesProtocol = true };
        _xhci.Plug(1, keyboard);
        Start();
        Type(keyboard, 0, A);
        Assert.Equal("a", Typed());
    }

    // A fault on the line is passed over; one that has nothing but faults is no longer listened to.
    [Fact]
    public void AFaultIsNotTheEnd()
    {
        var keyboard = new SoftUsbDevice();
        _xhci.Plug(1, keyboard);
        Start();
        Assert.True(_xhci.Say(keyboard, 4));
        _controller->Poll();
        Type(keyboard, 0, A);
        Assert.Equal("a", Typed());
        int faults = 0;
        for (; faults < 100 && _xhci.Say(keyboard, 4); faults++)
        {
            _controller->Poll();
        }

        Assert.InRange(faults, 8, 32);
        Assert.False(_controller->IsDead);
    }

    // Too many keys at once are no keys.
    [Fact]
    public void TooManyKeysCountAsNoChange()
    {
        var keyboard = new SoftUsbDevice();
        _xhci.Plug(1, keyboard);
        Start();
        Type(keyboard, 0, A);
        Type(keyboard, 0, 1, 1, 1, 1, 1, 1);
        Type(keyboard, 0, A, B);
        Assert.Equal("ab", Typed());
    }

    // Firmware that does not let go has had its time.
    [Fact]
    public void FirmwareIsAskedAndNotWaitedForLong()
    {
        _xhci.IsKept = true;
        _xhci.Plug(1, new SoftUsbDevice());
        Start();
        Assert.Equal((1, 1), (_controller->Keyboards, _xhci.Resets));
    }

    [Fact]
    public void OneThatDoesNotResetIsLeftAlone()
    {
        _xhci.NeverResets = true;
        Start();
        Assert.True(_controller->IsDead);
        _controller->Poll();
    }

    [Fact]
    public void OneThatDoesNotAnswerIsLeftAlone()
    {
        _xhci.NeverAnswers = true;
        _xhci.Plug(1, new SoftUsbDevice());
        _xhci.Plug(2, new SoftUsbDevice());
        ulong before = Cpu.Soft.Tsc;
        Start();
        Assert.True(_controller->IsDead);
        Assert.InRange(Cpu.Soft.Tsc - before, 0ul, 3 * Hertz);
        before = Cpu.Soft.Tsc;
        _controller->Poll();
        Assert.InRange(Cpu.Soft.Tsc - before, 0ul, Hertz / 1000);
    }

    // Registers that cannot be: all ones, zeros, and offsets that lead out of them.
    [Theory]
    [InlineData(0x00, 0xFFFF_FFFF)]
    [InlineData(0x00, 0)]
    [InlineData(0x04, 0)]
    [InlineData(0x04, 0xFF00_0000)]
    [InlineData(0x10, 4)]
    [InlineData(0x14, 0xFFFF_FFF0)]
    [InlineData(0x18, 0xFFFF_FFE0)]
    [InlineData(0x18, 0)]
    public void NonsenseIsNoController(uint offset, uint value)
    {
        Mmio.Device = new Lying(_xhci, offset, value);
        Assert.False(XhciController.CanDrive(new XhciRegisters(0, XhciPlace.Length)));
    }

    private void Start()
    {
        var registers = new XhciRegisters(0, XhciPlace.Length);
        Assert.True(XhciController.CanDrive(registers));
        nuint bytes = XhciController.PagesFor(registers) * 4096;
        _pages = (byte*)NativeMemory.AlignedAlloc(bytes, 4096);
        NativeMemory.Clear(_pages, bytes);
        _controller->Start(registers, _pages, Hertz, _typing);
    }

    private void Type(SoftUsbDevice keyboard, byte modifiers, params byte[] keys)
    {
        byte[] report = new byte[8];
        report[0] = modifiers;
        keys.CopyTo(report, 2);
        Assert.True(_xhci.Say(keyboard, 1, report));
        _controller->Poll();
    }

    private void Wait(ulong milliseconds)
    {
        for (ulong until = Cpu.Soft.Tsc + (Hertz / 1000 * milliseconds); Cpu.Soft.Tsc < until;)
        {
            _controller->Poll();
        }
    }

    private string Typed()
    {
        var text = new StringBuilder();
        while (_typing->TryTake(out byte value))
        {
            text.Append((char)value);
        }

        return text.ToString();
    }

    private sealed class Lying(IRegisters device, uint at, uint answer) : IRegisters
    {
        public uint Read(uint offset) => offset == at ? answer : device.Read(offset);

        public void Write(uint offset, uint value) => device.Write(offset, value);
    }
}
