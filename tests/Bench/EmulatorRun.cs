// One run of Bochs that cannot power itself off: we watch what the guest prints, and end it.

using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using MinusOne.Ovmf.Runner.Machines;

namespace MinusOne.Tests.Bench;

// The model of Bochs' on which everything is measured.
internal sealed record BenchProcessor(string Model)
{
    public bool IsSvm => Model == "ryzen";
}

internal static class EmulatorRun
{
    // Everything printed until a line with `last` in it. NAME.bochsrc is the machine; it writes to `console`.
    public static string Until(string last, string name, string configuration, string console, TimeSpan patience)
    {
        string folder = Folders.Work;
        string file = Path.Combine(folder, console);
        File.WriteAllText(Path.Combine(folder, name + ".rc"), "c\n");
        File.WriteAllText(Path.Combine(folder, name + ".bochsrc"), configuration);
        File.Delete(file);
        File.Delete(Path.Combine(folder, name + ".img.lock"));
        using EmulatorProcess bochs = EmulatorProcess.Start(
            "bochs-bin", ["-q", "-f", name + ".bochsrc", "-rc", name + ".rc"], folder,
            Path.Combine(folder, name + ".log"));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            string text = File.Exists(file) ? File.ReadAllText(file) : "";
            if (text.Contains(last) || bochs.Exited.IsCompleted || clock.Elapsed > patience)
            {
                bochs.Kill();
                return text;
            }

            Thread.Sleep(200);
        }
    }
}
