// Controllers for USB are found among others on the buses, and what is said of those that nobody drives.

using System;
using System.Linq;
using System.Text;
using MinusOne.Efi.Metal.Usb;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Metal;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

public sealed class UsbControllersTests : IDisposable
{
    private readonly SoftBuses _buses = new();

    public void Dispose() => _buses.Dispose();

    [Fact]
    public void AllAreFound()
    {
        Add();
        UsbControllers.Find(out UsbControllers controllers);
        Assert.Equal(
            [UsbKind.Uhci, UsbKind.Ohci, UsbKind.Ehci, UsbKind.Xhci],
            controllers.All.ToArray().Select(one => one.Kind));
        Assert.Equal(
            "USB controllers: UHCI at 00:1D.0, OHCI at 00:1D.1, EHCI at 00:1D.7, xHCI at 40:00.0; "
                + "keyboards are heard behind xHCI alone\n",
            Said(() => controllers.TellAll()));
    }

    [Fact]
    public void WhatIsNotDrivenIsNamed()
    {
        Add();
        UsbControllers.Find(out UsbControllers controllers);
        Assert.EndsWith(", EHCI at 00:1D.7, xHCI at 40:00.0 (unfit); only xHCI is driven\n", Undriven(controllers));
        controllers.All[3].IsDriven = true;
        Assert.Equal(
            "keyboard: none is heard behind UHCI at 00:1D.0, OHCI at 00:1D.1, EHCI at 00:1D.7; only xHCI is driven\n",
            Undriven(controllers));
        (controllers.All[1].IsDriven, controllers.All[2].IsDriven) = (true, true);
        Assert.Equal("", Undriven(controllers));
    }

    // A machine with more than anybody has: the rest is passed over.
    [Fact]
    public void ThereIsAnEndToThem()
    {
        Assert.Equal("USB controllers: none\n", Said(() => new UsbControllers().TellAll()));
        for (uint i = 0; i < 32; i++)
        {
            _buses.Add(1, i, 0, 0x0C03_2000);
        }

        UsbControllers.Find(out UsbControllers controllers);
        Assert.Equal(UsbControllers.Most, controllers.All.Length);
    }

    // Between them a network card, a bus of another kind, and what is USB and no controller.
    private void Add()
    {
        _buses.Add(0, 3, 0, 0x0200_0000);
        _buses.Add(0, 4, 0, 0x0C05_2000);
        _buses.Add(0, 0x1D, 0, 0x0C03_0000, header: 0x80);
        _buses.Add(0, 0x1D, 1, 0x0C03_1001);
        _buses.Add(0, 0x1D, 5, 0x0C03_FE00);
        _buses.Add(0, 0x1D, 7, 0x0C03_2003);
        _buses.Add(0x40, 0, 0, 0x0C03_3000);
    }

    private static string Undriven(UsbControllers controllers) => Said(() => controllers.TellUndriven());

    private static string Said(Action say)
    {
        Host.Written(Output.Log).Clear();
        say();
        return Encoding.UTF8.GetString([.. Host.Written(Output.Log)]);
    }
}
