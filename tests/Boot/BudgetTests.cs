// What the main exits may cost, in instructions: in Bochs the guest's clock counts them, so a figure repeats to the
// digit and one more than the budget of tests/Bench/rows.tsv is a change of ours. Whoever makes an exit cheaper lowers
// its budget.

using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class BudgetTests
{
    private const int BudgetCell = 5;

    [Fact]
    public async Task ExitsKeepTheirBudgets()
    {
        var start =
            new ProcessStartInfo(Path.Combine(Row.Repository, "build.sh"), "run bench --machine bochs --timeout 120")
            {
                WorkingDirectory = Row.Repository,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        string console = await process.StandardOutput.ReadToEndAsync();
        string[] lines = [.. console.Split('\n').Select(line => line.Trim())];
        Assert.Contains("bench: end", lines);
        string[] dearer =
        [
            .. File.ReadLines(Path.Combine(Row.Repository, "tests", "Bench", "rows.tsv"))
                .Where(line => line[0] != '#')
                .Select(line => line.Split('\t'))
                .Where(cells => cells[BudgetCell].Length > 0)
                .Select(
                    cells => (Name: cells[0], Ticks: Measured(lines, cells[0]), Budget: int.Parse(cells[BudgetCell])))
                .Where(row => row.Ticks > row.Budget)
                .Select(row => $"{row.Name}: {row.Ticks} instructions, the budget is {row.Budget}"),
        ];
        Assert.Empty(dearer);
    }

    private static int Measured(string[] lines, string name) =>
        int.Parse(lines.Single(line => line.StartsWith($"bench: {name} "))[$"bench: {name} ".Length..]);
}
