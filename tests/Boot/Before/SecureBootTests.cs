// Firmware that starts only what somebody it knows has signed: Debian's OVMF with Secure Boot switched on, whose
// variables know a key that Debian gives away for this ("snakeoil").

using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Before;

public sealed class SecureBootTests : IDisposable
{
    private const int Seconds = 90;
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

    // What firmware and we say until the machine goes off, or firmware has found nothing to start.
    private async Task<string> Start(string image)
    {
        string conf = Path.Combine(_folder.FullName, "minusone.conf");
        string variables = Path.Combine(_folder.FullName, "variables.fd");
        File.WriteAllText(conf, "run = hello\n");
        File.Copy(Variables, variables, overwrite: true);
        string disk = DiskCopy.Make(_folder.FullName, new() { [@"\minusone\minusone.conf"] = conf }, image);
        using Process machine = Process.Start(new ProcessStartInfo(
            "timeout",
            $"{Seconds} qemu-system-x86_64 -machine q35,smm=on -accel tcg -cpu EPYC,+svm,+npt -m 512 -nodefaults "
                + "-display none -global driver=cfi.pflash01,property=secure,value=on -global ICH9-LPC.disable_s3=1 "
                + $"-drive if=pflash,format=raw,readonly=on,file={Firmware} "
                + $"-drive if=pflash,format=raw,file={variables} -drive format=raw,file={disk} "
                + "-no-reboot -serial stdio")
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var text = new System.Text.StringBuilder();
        while (await machine.StandardOutput.ReadLineAsync() is string line)
        {
            text.Append(line).Append('\n');
            if (line.Contains("Access Denied"))
            {
                machine.Kill(entireProcessTree: true);
            }
        }

        await machine.WaitForExitAsync();
        return text.ToString();
    }
}
