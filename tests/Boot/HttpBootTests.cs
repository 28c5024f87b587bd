// Started over HTTP by firmware, as a boot entry with an address asks for it: there is no volume. What to run is said
// by load options, or by a file beside the image on the server.

using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class HttpBootTests : IDisposable
{
    private const string Firmware = "/usr/share/OVMF/OVMF_CODE_4M.fd";
    private const string Variables = "/usr/share/OVMF/OVMF_VARS_4M.fd";
    private const string Image = "/boot/BOOTX64.EFI";
    private const string Configuration = "/boot/minusone/minusone.conf";

    // What QEMU's network calls the host.
    private const string Host = "10.0.2.2";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    // The file says another guest than the options, which count more. Its length is that of several packets.
    [Theory]
    [InlineData("hello poweroff", null)]
    [InlineData("hello", "run = nobody\n# {0}\nend = poweroff\n")]
    [InlineData("", "run = hello\n# {0}\nend = poweroff\n")]
    public async Task RunsAGuestToItsEnd(string options, string? configuration)
    {
        byte[] image = File.ReadAllBytes(Path.Combine(Row.Repository, "out", "BOOTX64.EFI"));
        var files = new System.Collections.Generic.Dictionary<string, byte[]> { [Image] = image };
        if (configuration != null)
        {
            string comment = string.Concat(System.Linq.Enumerable.Repeat("long ", 20_000));
            files[Configuration] = System.Text.Encoding.ASCII.GetBytes(string.Format(configuration, comment));
        }

        using var server = new FileServer(files);
        string variables = Path.Combine(_folder.FullName, "variables.fd");
        File.Copy(Variables, variables);
        BootEntry.Add(variables, $"http://{Host}:{server.Port}{Image}", options);

        // Newer firmware has no network where nothing gives it random numbers.
        var machine = new FirmwareMachine(
            Firmware, variables, "-netdev user,id=n -device virtio-net-pci,netdev=n,romfile= -device virtio-rng-pci");
        string text = await machine.Run();
        Assert.Equal([$"HEAD {Image}", $"GET {Image}", $"GET {Configuration}"], server.Asked);
        Assert.Contains("\nHello, world!\n", text);
        Assert.Contains("minusone: result status=0 end=as-expected", text);
    }
}
