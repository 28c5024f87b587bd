// Machines whose serial ports are not COM1 and COM2: both streams on the one that there is, the log behind a prefix.

using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Console;

public sealed class PortTests : IDisposable
{
    private const string Result = "[minusone] minusone: result status=0 end=as-expected\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public Task Com2Alone() => HasBoth("-serial none -serial stdio");

    [Fact]
    [Trait("Speed", "Slow")]
    public Task ACardAlone() => HasBoth("-serial none -chardev stdio,id=c -device pci-serial,chardev=c");

    [Fact]
    [Trait("Speed", "Slow")]
    public Task APortThatAcpiNames() => HasBoth(
        "-serial none -chardev stdio,id=c -device isa-serial,iobase=0x3e8,irq=4,chardev=c "
            + Redirection(space: 1, bits: 8, address: 0x3E8));

    // Memory of the display: it keeps what is written, as a port's scratch register does, and is never ready.
    [Fact]
    public async Task APortThatNeverSendsIsGivenUp()
    {
        string text = await PortMachine.Run(
            _folder.FullName, "-vga std -serial stdio " + Redirection(space: 0, bits: 32, address: 0xA_0000));
        Assert.True(text.Contains(Result), text);
        Assert.Contains("[minusone] minusone: the serial port at A0000h takes nothing and is given up\n", text);
        Assert.Contains("Hello, world!", text);
        Assert.Contains(Result, text);
    }

    private async Task HasBoth(string ports)
    {
        string text = await PortMachine.Run(_folder.FullName, ports);
        Assert.Contains("\nHello, world!\n", text);
        Assert.Contains(Result, text);
        Assert.DoesNotContain("given up", text);
    }

    // The table's content behind its header, which QEMU writes.
    private string Redirection(byte space, byte bits, uint address)
    {
        string file = Path.Combine(_folder.FullName, "spcr");
        byte[] table = [0, 0, 0, 0, space, bits, 0, 1, .. BitConverter.GetBytes((ulong)address), .. new byte[28]];
        File.WriteAllBytes(file, table);
        return $"-acpitable sig=SPCR,rev=2,data={file}";
    }
}
