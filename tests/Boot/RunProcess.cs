// `./build.sh run` as a user starts it: what goes in and comes out are bytes, and both outputs are kept apart. The
// input ends when it was given; the run goes on.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace MinusOne.Tests.Boot;

internal sealed record RunProcess(int Status, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    // In the root of the repository unless there is another folder.
    public static Task<RunProcess> Run(
        string arguments, int seconds, ReadOnlyMemory<byte> input, string? folder = null) =>
        Converse(arguments, seconds, [new Typed("", input)], folder);

    // Each piece of input behind what it is waited for.
    public static async Task<RunProcess> Converse(
        string arguments, int seconds, IReadOnlyList<Typed> input, string? folder = null)
    {
        using Process process = Process.Start(StartInfo(arguments, seconds, folder ?? Row.Repository))!;
        var screen = new Screen(process.StandardOutput.BaseStream);
        Task<byte[]> output = screen.ReadAll();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            foreach (Typed typed in input)
            {
                if (await screen.Shows(typed.Behind))
                {
                    await process.StandardInput.BaseStream.WriteAsync(typed.Bytes);
                    await process.StandardInput.BaseStream.FlushAsync();
                }
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading all of it.
        }

        await process.WaitForExitAsync();
        return new RunProcess(process.ExitCode, await output, await error);
    }

    public override string ToString() => $"status {Status}\n{Text}\n--- log\n{Error}";

    // QUIET: an image that has to be built first makes no difference to what is compared.
    private static ProcessStartInfo StartInfo(string arguments, int seconds, string folder) =>
        new(Path.Combine(Row.Repository, "build.sh"), $"run {arguments} --timeout {seconds}")
        {
            WorkingDirectory = folder,
            Environment = { ["QUIET"] = "1" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}

// What is typed, and what the run must have printed before.
public sealed record Typed(string Behind, ReadOnlyMemory<byte> Bytes);
