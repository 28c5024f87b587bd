// The elements of a string that lie in one page go to their device as one run, and it ends with the page.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class PortRunTests
{
    private const ushort Serial = 0x3F8;

    // In two pages that do not lie beside each other, from either end.
    [Theory]
    [InlineData(false, 0x9FFD, "abcdef")]
    [InlineData(true, 0xA002, "fedcba")]
    public void ARunEndsWithItsPage(bool isDown, ulong from, string printed)
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.SetPage(0xA, 0xC000 | 7);
        guest.Write(0x9FFD, "abc"u8.ToArray());
        guest.Write(0xA000, "xyz"u8.ToArray()); // Between the two, in the host's memory as well.
        guest.Write(0xC000, "def"u8.ToArray());
        guest.Registers.Rsi = from;
        guest.Registers.Rcx = 6;
        guest[VmcsNatural.GuestRflags] = 2 | (isDown ? (ulong)Rflags.Direction : 0);
        guest.Run(PortStringTests.String(false, 1, Serial, true, 2));
        Assert.Equal(printed, DeviceGuest.Printed);
        Assert.Equal((isDown ? from - 6 : from + 6, 0ul), (guest.Registers.Rsi, guest.Registers.Rcx));
    }
}
