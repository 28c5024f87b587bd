// Runs every row through `./build.sh run`, two at a time (an emulator keeps one core busy), and compares exit status
// and both outputs with the transcript.

using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Xunit;

[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace MinusOne.Tests.Boot;

public abstract class BootTests(int share)
{
    private const int Shares = 2;

    public static TheoryData<Row> Rows(int share)
    {
        var rows = new TheoryData<Row>();
        int number = 0;
        foreach (Row row in Row.All())
        {
            if (number++ % Shares == share)
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    protected int Share { get; } = share;

    protected static async Task Check(Row row)
    {
        var start = new ProcessStartInfo(Path.Combine(Row.Repository, "build.sh"))
        {
            Arguments = $"run {row.Arguments} --timeout {row.Seconds}",
            WorkingDirectory = Row.Repository,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(row.Input.Replace("\\n", "\n"));
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        string transcript = Path.Combine(Row.Folder, "transcripts", row.Name);
        string what = $"status {process.ExitCode}\n{await output}\n--- log\n{await error}";
        Assert.True(process.ExitCode == row.Status, what);
        Assert.Null(Transcript.Difference(transcript + ".out", await output));
        Assert.Null(Transcript.Difference(transcript + ".err", await error));
    }
}

public sealed class EvenRows() : BootTests(0)
{
    [Theory]
    [MemberData(nameof(Rows), 0)]
    public Task Boots(Row row) => Check(row);
}

public sealed class OddRows() : BootTests(1)
{
    [Theory]
    [MemberData(nameof(Rows), 1)]
    public Task Boots(Row row) => Check(row);
}
