// A machine in QEMU with variables of firmware that a test has made, which the runner's own machine has no word for:
// Debian's OVMF, a processor with SVM, one serial port.

using System;
using System.Diagnostics;
using System.Text;
using System.Threading.Tasks;

namespace MinusOne.Tests.Boot;

internal sealed class FirmwareMachine(string firmware, string variables, string devices)
{
    private const int Seconds = 90;

    // What firmware and we say until the machine goes off, or has said `last`.
    public async Task<string> Run(string last = "\0")
    {
        using Process machine = Process.Start(new ProcessStartInfo(
            "timeout",
            $"{Seconds} qemu-system-x86_64 -machine q35,smm=on -accel tcg -cpu EPYC,+svm,+npt -m 512 -nodefaults "
                + "-display none -global ICH9-LPC.disable_s3=1 "
                + $"-drive if=pflash,format=raw,readonly=on,file={firmware} "
                + $"-drive if=pflash,format=raw,file={variables} {devices} -no-reboot -serial stdio")
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var text = new StringBuilder();
        while (await machine.StandardOutput.ReadLineAsync() is string line)
        {
            text.Append(line).Append('\n');
            if (line.Contains(last, StringComparison.Ordinal))
            {
                machine.Kill(entireProcessTree: true);
            }
        }

        await machine.WaitForExitAsync();
        return text.ToString();
    }
}
