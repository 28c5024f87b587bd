// Started over HTTP by firmware, as a boot entry with an address asks for it: there is no volume, and load options say
// what to run.

using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class HttpBootTests : IDisposable
{
    private const string Firmware = "/usr/share/OVMF/OVMF_CODE_4M.fd";
    private const string Variables = "/usr/share/OVMF/OVMF_VARS_4M.fd";
    private const string Image = "/BOOTX64.EFI";

    // What QEMU's network calls the host.
    private const string Host = "10.0.2.2";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task RunsAGuestToItsEnd()
    {
        byte[] image = File.ReadAllBytes(Path.Combine(Row.Repository, "out", "BOOTX64.EFI"));
        using var server = new FileServer(new() { [Image] = image });
        string variables = Path.Combine(_folder.FullName, "variables.fd");
        File.Copy(Variables, variables);
        BootEntry.Add(variables, $"http://{Host}:{server.Port}{Image}", "hello poweroff");
        var machine = new FirmwareMachine(
            Firmware, variables, "-netdev user,id=n -device virtio-net-pci,netdev=n,romfile=");
        string text = await machine.Run();
        Assert.Equal([$"HEAD {Image}", $"GET {Image}"], server.Asked);
        Assert.Contains("\nHello, world!\n", text);
        Assert.Contains("minusone: result status=0 end=as-expected", text);
    }
}
