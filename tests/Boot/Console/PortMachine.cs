// A machine in QEMU with serial ports as a test wants them, one of which is this process: `run` always gives it two.

using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace MinusOne.Tests.Boot.Console;

internal static class PortMachine
{
    private const string Firmware = "/usr/share/OVMF/";
    private const int Seconds = 90;

    // What came out of the port, until the machine went off. `hello` runs.
    public static async Task<string> Run(string folder, string ports)
    {
        string conf = Path.Combine(folder, "minusone.conf");
        string variables = Path.Combine(folder, "variables.fd");
        File.WriteAllText(conf, "run = hello\n");
        File.Copy(Firmware + "OVMF_VARS_4M.fd", variables);
        string disk = DiskCopy.Make(folder, new() { [@"\minusone\minusone.conf"] = conf });
        using Process machine = Process.Start(new ProcessStartInfo(
            "timeout",
            $"{Seconds} qemu-system-x86_64 -machine q35 -accel tcg -cpu EPYC,+svm,+npt -m 512 "
                + "-nodefaults -display none "
                + $"-drive if=pflash,format=raw,readonly=on,file={Firmware}OVMF_CODE_4M.fd "
                + $"-drive if=pflash,format=raw,file={variables} -drive format=raw,file={disk} -no-reboot {ports}")
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        string text = await machine.StandardOutput.ReadToEndAsync();
        await machine.WaitForExitAsync();
        return text.Replace("\r", "");
    }
}
