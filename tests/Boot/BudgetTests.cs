// What the main exits may cost, in instructions: in Bochs the guest's clock counts them, so a figure repeats to the
// digit and one more than the budget of tests/Bench/rows.tsv is a change of ours. Whoever makes an exit cheaper lowers
// its budget.

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot;

public sealed class BudgetTests
{
    private const int BudgetCell = 5;

    // What Bochs 3 counts differently.
    private const int NewerCell = 6;
    private const int Seconds = 120;

    // Two guests give the processor to each other. The first line is that of the one that began first.
    private const string Switch = "switch-2";
    private const string Rounds = "ticks of 1000 rounds: ";
    private const int Switches = 2 * 1000;

    // From our entry point to the guest's first instruction: five million measure the TSC, ten are firmware's for
    // writing the log to the disk.
    private const string Start = "start-ticks=";
    private const int StartBudget = 27_000_000;

    // Rows of the run without virtual-interrupt delivery.
    private const string Plain = "-plain";

    [Fact]
    public async Task ExitsKeepTheirBudgets()
    {
        string[] lines =
        [
            .. await Lines("bench --machine bochs"),
            .. (await Lines("bench --machine bochs --set apicv=off")).Select(MarkPlain),
        ];
        Assert.Contains("bench: end", lines);
        string[] dearer =
        [
            .. Budgets().Where(row => row.Key != Switch)
                .Select(row => (Name: row.Key, Ticks: Measured(lines, row.Key), Budget: row.Value))
                .Where(row => row.Ticks > row.Budget)
                .Select(row => $"{row.Name}: {row.Ticks} instructions, the budget is {row.Budget}"),
        ];
        Assert.True(dearer.Length == 0, string.Join("; ", dearer));
    }

    [Fact]
    public async Task SwitchesKeepTheirBudget()
    {
        string[] lines = await Lines("switch switch --together --memory 64K --machine bochs");
        string first = lines.First(line => line.Contains(Rounds));
        int ticks = int.Parse(first[(first.IndexOf(Rounds) + Rounds.Length)..]) / Switches;
        int budget = Budgets()[Switch];
        Assert.True(ticks <= budget, $"a switch takes {ticks} instructions, the budget is {budget}");
    }

    [Fact]
    public async Task StartKeepsItsBudget()
    {
        RunProcess run = await RunProcess.Run("hello --machine bochs", Seconds, default);
        string figure = run.Error.Split(' ', '\n').Single(word => word.StartsWith(Start))[Start.Length..];
        Assert.True(int.Parse(figure) <= StartBudget, $"a start takes {figure} ticks, the budget is {StartBudget}");
    }

    private static Dictionary<string, int> Budgets() =>
        File.ReadLines(Path.Combine(Row.Repository, "tests", "Bench", "rows.tsv"))
            .Where(line => line[0] != '#')
            .Select(line => line.Split('\t'))
            .Where(cells => cells[BudgetCell].Length > 0)
            .ToDictionary(cells => cells[0], cells => int.Parse(cells[CellOf(cells)]));

    private static int CellOf(string[] cells) =>
        Emulator.Bochs == Emulator.Newer && cells.Length > NewerCell && cells[NewerCell].Length > 0
            ? NewerCell : BudgetCell;

    private static async Task<string[]> Lines(string arguments)
    {
        RunProcess run = await RunProcess.Run(arguments, Seconds, default);
        Assert.True(run.Status == 0, $"{run}");
        return [.. run.Text.Split('\n').Select(line => line.Trim())];
    }

    // `bench: NAME TICKS`
    private static string MarkPlain(string line) =>
        line.Split(' ') is ["bench:", string name, string ticks] ? $"bench: {name}{Plain} {ticks}" : "";

    private static int Measured(string[] lines, string name) =>
        int.Parse(lines.Single(line => line.StartsWith($"bench: {name} "))[$"bench: {name} ".Length..]);
}
