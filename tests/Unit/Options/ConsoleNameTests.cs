// Which port has the keyboard, by what Linux is told.

using System.Text;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public class ConsoleNameTests
{
    [Theory]
    [InlineData("", (int)ConsoleKind.Usual)]
    [InlineData("console=ttyS0", (int)ConsoleKind.Usual)]
    [InlineData("console=hvc0", (int)ConsoleKind.Virtio)]
    [InlineData("quiet console=ttyS0 console=hvc0 panic=-1", (int)ConsoleKind.Virtio)]
    [InlineData("console=hvc0 console=ttyS0", (int)ConsoleKind.SerialOfBoth)]
    [InlineData("console=hvc0 console=ttyS0,115200 console=hvc0", (int)ConsoleKind.Virtio)]
    [InlineData("netconsole=hvc0", (int)ConsoleKind.Usual)]
    [InlineData("console=hvc0  netconsole=x", (int)ConsoleKind.Virtio)]
    internal void TheLastConsoleHasTheKeyboard(string commandLine, int kind) =>
        Assert.Equal((ConsoleKind)kind, ConsoleName.ForLinux(Encoding.ASCII.GetBytes(commandLine)));
}
