// Firmware that starts only what somebody it knows has signed: Debian's OVMF with Secure Boot switched on, whose
// variables know a key that Debian gives away for this ("snakeoil").

using System;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Before;

public sealed class SecureBootTests : IDisposable
{
    private const string Firmware = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd";
    private const string Variables = "/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd";
    private const string Key = "/usr/share/ovmf/PkKek-1-snakeoil.key";
    private const string Certificate = "/usr/share/ovmf/PkKek-1-snakeoil.pem";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task StartsWhatIsSignedAndNothingElse()
    {
        string key = Path.Combine(_folder.FullName, "key");
        DiskCopy.Tool("openssl", $"rsa -passin pass:snakeoil -in {Key} -out {key}");
        DiskCopy.Tool(Path.Combine(Row.Repository, "build.sh"), $"image --sign {key} {Certificate}");
        string text = await Start("minusone-signed.img");
        Assert.Contains("\nHello, world!\n", text);
        Assert.Contains("minusone: result status=0 end=as-expected", text);
        text = await Start("minusone.img");
        Assert.Contains("Access Denied", text);
        Assert.DoesNotContain("minusone", text);
    }

    // Until firmware has found nothing to start.
    private Task<string> Start(string image)
    {
        string conf = Path.Combine(_folder.FullName, "minusone.conf");
        string variables = Path.Combine(_folder.FullName, "variables.fd");
        File.WriteAllText(conf, "run = hello\n");
        File.Copy(Variables, variables, overwrite: true);
        string disk = DiskCopy.Make(_folder.FullName, new() { [@"\minusone\minusone.conf"] = conf }, image);
        return new FirmwareMachine(Firmware, variables, $"-drive format=raw,file={disk}").Run("Access Denied");
    }
}
