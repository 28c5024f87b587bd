// A controller of the model's, driven: what hangs there says something, and what was typed comes out.

using System;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Keys;
using MinusOne.Efi.Metal.Usb;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Native;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

public abstract unsafe class XhciFixture : IDisposable
{
    protected const ulong Hertz = 1_000_000_000;
    protected const byte A = 4, B = 5;

    private readonly KeyTyping* _typing;
    private CodeMemory _pages;

    protected XhciFixture()
    {
        // A look at the clock takes a tenth of a millisecond.
        Cpu.Soft = new SoftProcessor { ReadTicks = Hertz / 10_000 };
        Mmio.Device = Xhci;
        _typing = (KeyTyping*)NativeMemory.AllocZeroed((nuint)sizeof(KeyTyping));
        Controller = (XhciController*)NativeMemory.AllocZeroed((nuint)sizeof(XhciController));
    }

    private protected SoftXhci Xhci { get; } = new();

    private protected XhciController* Controller { get; }

    public void Dispose()
    {
        Cpu.Soft = null;
        Mmio.Device = null;
        NativeMemory.Free(_typing);
        NativeMemory.Free(Controller);
        _pages?.Dispose();
    }

    private protected void Start()
    {
        var registers = new XhciRegisters(0, XhciPlace.Length);
        Assert.True(XhciController.CanDrive(registers));
        _pages = new CodeMemory((int)XhciController.PagesFor(registers) * 4096, isLow: true);
        if (Controller->TryTakeOver(registers, Hertz))
        {
            Controller->Start(_pages.Address, _typing);
        }
    }

    private protected void Type(SoftUsbDevice keyboard, byte modifiers, params byte[] keys)
    {
        byte[] report = new byte[8];
        report[0] = modifiers;
        keys.CopyTo(report, 2);
        Assert.True(Xhci.Say(keyboard, 1, report));
        Controller->Poll();
    }

    private protected void Wait(ulong milliseconds)
    {
        for (ulong until = Cpu.Soft.Tsc + (Hertz / 1000 * milliseconds); Cpu.Soft.Tsc < until;)
        {
            Controller->Poll();
        }
    }

    private protected string Typed()
    {
        var text = new StringBuilder();
        while (_typing->TryTake(out byte value))
        {
            text.Append((char)value);
        }

        return text.ToString();
    }
}
