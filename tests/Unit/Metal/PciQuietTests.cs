// Devices on a machine's buses lose bus mastering, all functions lose their messages, and bridges and the display keep
// what they need.

using System;
using MinusOne.Efi.Metal.Pci;
using Xunit;

namespace MinusOne.Tests.Unit.Metal;

public sealed class PciQuietTests : IDisposable
{
    private const uint Running = 0x0010_0007;
    private const uint Network = 0x0200_0000;
    private const uint Display = 0x0300_0000;
    private const uint Bridge = 0x0604_0000;

    private readonly SoftBuses _buses = new();

    public void Dispose() => _buses.Dispose();

    [Fact]
    public void DevicesAreKeptOutOfMemory()
    {
        uint[] bridge = Add(0, 1, 0, Bridge, header: 0x01);
        bridge[0x18 / 4] = 0x0005_0500;
        uint[] display = Add(0, 2, 0, Display);
        uint[] several = Add(0, 3, 0, Network, header: 0x80);
        uint[] second = Add(0, 3, 7, Network);
        uint[] behind = Add(5, 31, 0, Network);
        uint[] ofNoBridge = Add(0x80, 0, 0, Network);
        Assert.Equal(4, PciQuiet.Silence());
        foreach (uint[] device in new[] { several, second, behind, ofNoBridge })
        {
            Assert.Equal(0x0403u, device[1]);
        }

        Assert.Equal((Running, Running), (bridge[1], display[1]));
    }

    // What is off already is not counted.
    [Fact]
    public void OnlyThoseThatWroteAreCounted()
    {
        Add(0, 3, 0, Network)[1] = 0x0010_0003;
        Assert.Equal(0, PciQuiet.Silence());
    }

    // MSI, MSI-X, and a list that goes in circles.
    [Fact]
    public void NobodySendsMessages()
    {
        uint[] bridge = Add(0, 1, 0, Bridge, header: 0x01);
        bridge[0x34 / 4] = 0x40;
        bridge[0x40 / 4] = 0x0081_5005;
        bridge[0x50 / 4] = 0x8003_4011;
        PciQuiet.Silence();
        Assert.Equal((0x0080_5005u, 0x0003_4011u), (bridge[0x40 / 4], bridge[0x50 / 4]));
    }

    private uint[] Add(uint bus, uint device, uint function, uint kind, uint header = 0)
    {
        uint[] registers = _buses.Add(bus, device, function, kind, header);
        registers[1] = Running;
        return registers;
    }
}
