// Runs every row through `./build.sh run`, two at a time (an emulator keeps one core busy), and compares exit status
// and both outputs with the transcript.

using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace MinusOne.Tests.Boot;

public abstract class BootTests(int share)
{
    private const int Shares = 2;

    // Names, so that one row can be run: --filter DisplayName~monitor.
    public static TheoryData<string> Rows(int share)
    {
        var rows = new TheoryData<string>();
        int number = 0;
        foreach (Row row in Row.All().Where(row => !row.IsSlow))
        {
            if (number++ % Shares == share)
            {
                rows.Add(row.Name);
            }
        }

        return rows;
    }

    protected int Share { get; } = share;

    protected static Task Check(string name) => Check(Row.All().Single(row => row.Name == name));

    protected static async Task Check(Row row)
    {
        RunProcess run = await RunProcess.Converse(row.Arguments, row.Seconds, row.Input);
        string transcript = Path.Combine(Row.Folder, "transcripts", row.Name);
        Assert.True(run.Status == row.Status, run.ToString());
        Same(transcript + ".out", run.Text);
        Same(transcript + ".err", run.Error);
    }

    // With the whole difference: Assert.Null shows its beginning.
    private static void Same(string transcript, string text)
    {
        string? difference = Transcript.Difference(transcript, text);
        Assert.True(difference is null, difference);
    }
}

public sealed class EvenRows() : BootTests(0)
{
    [Theory]
    [MemberData(nameof(Rows), 0)]
    public Task Boots(string name) => Check(name);
}

public sealed class OddRows() : BootTests(1)
{
    [Theory]
    [MemberData(nameof(Rows), 1)]
    public Task Boots(string name) => Check(name);
}

[Trait("Speed", "Slow")]
public sealed class SlowRows() : BootTests(0)
{
    public static TheoryData<string> Slow => [.. Row.All().Where(row => row.IsSlow).Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Slow))]
    public Task Boots(string name) => Check(name);
}
