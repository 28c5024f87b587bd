// Started over PXE, from a server that has nothing but the image and its configuration: by the loader in the card's ROM
// (iPXE), and by firmware's own.

using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class NetworkTests : IDisposable
{
    private const string Image = "BOOTX64.EFI";

    private readonly DirectoryInfo _server = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _server.Delete(recursive: true);

    [Fact]
    public Task TheCardsLoader() => Boot("");

    // Newer firmware has no network where nothing gives it random numbers.
    [Fact]
    [Trait("Speed", "Slow")]
    public Task FirmwaresOwnLoader() => Boot(",romfile= -device virtio-rng-pci");

    // What the disk says would be another guest.
    private async Task Boot(string card)
    {
        File.Copy(Path.Combine(Row.Repository, "out", Image), Path.Combine(_server.FullName, Image));
        Directory.CreateDirectory(Path.Combine(_server.FullName, "minusone"));
        File.WriteAllText(Path.Combine(_server.FullName, "minusone", "minusone.conf"), "run = hello\n");
        RunProcess run = await RunProcess.Run(
            $"poweroff --machine qemu --qemu \"-netdev user,id=n,tftp={_server.FullName},bootfile={Image} "
                + $"-device virtio-net-pci,netdev=n,bootindex=0{card}\"",
            60,
            default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Equal("Hello, world!\n", run.Text);
    }
}
