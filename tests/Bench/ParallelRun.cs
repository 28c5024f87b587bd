// `bench --host-cpus N`: what N guests on N processors do together, as one alone does 1. Counted is what all of them
// did while all were at it.
//
// In Bochs several processors have one clock, which goes on by the instructions of all divided by their number, and one
// that halts counts as if it worked. So a tick is an instruction only while all do alike, and a guest that is alone
// among idle processors would have too fast a clock, which makes the ratio look better than it is: what one does alone
// is measured on a machine of one. What is lost to waiting for one another is in the ratio, for who waits executes, and
// moves the clock on. Not in it: who waits in a loop of three instructions gets fewer of them in than who works.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace MinusOne.Tests.Bench;

// A kind of work, and how much of what N processors could do is to be left of it.
internal sealed record ParallelRow(string Name, string Title, double Bound)
{
    public static readonly ParallelRow[] All =
    [
        new("compute", "a compute loop", 3.9 / 4),
        new("pages", "page faults: first writes to fresh pages", 3.7 / 4),
        new("ports", "port I/O: reads of the PIC", 3.5 / 4),
    ];
}

// When it began and its times by the name of the row, on the clock of the machine.
internal sealed record ParallelGuest(double Start, Dictionary<string, double[]> Times);

internal static partial class ParallelRun
{
    private const int Title = 50;
    private const int Most = 8;
    private const int MostRuns = 4;

    // All guests must have been at work for so much of the time that a row takes.
    private const double Least = 0.8;

    // Each guest takes so long, for the log is written by a line of 115,200 baud.
    private const double TicksToBegin = 8_000_000;

    // 1 if a row is below its bound.
    public static int Print(BenchProcessor processor, string text)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || count is < 2 or > Most)
        {
            throw new BenchException($"'{text}' is no number from 2 to {Most}; --host-cpus takes for example 4");
        }

        ParallelGuest alone = Alone(processor);
        List<ParallelGuest> guests = Together(processor, count);
        Console.WriteLine($"{$"work of {count} guests, that of one alone being 1",-Title}{"ours",10}{"bound",8}"
            + $"{"ticks alone",14}{"together",10}");
        bool isGood = true;
        foreach (ParallelRow row in ParallelRow.All)
        {
            (double begin, double end) = Common(guests, row);
            double[] own = alone.Times[row.Name];
            double one = (own[^1] - own[0]) / (own.Length - 1);
            double parts = guests.Sum(guest => Parts(guest.Times[row.Name], end) - Parts(guest.Times[row.Name], begin));
            double together = (end - begin) * count / parts;
            double ratio = count * one / together, bound = row.Bound * count;
            isGood &= ratio >= bound;
            Console.WriteLine($"{row.Title,-Title}{Show(ratio),10}{Show(bound),8}{Show(one, "0"),14}"
                + $"{Show(together, "0"),10}{(ratio < bound ? "  below its bound" : "")}");
        }

        return isGood ? 0 : 1;
    }

    // When all of them are at it.
    private static (double Begin, double End) Common(List<ParallelGuest> guests, ParallelRow row) =>
        (guests.Max(guest => guest.Times[row.Name][0]), guests.Min(guest => guest.Times[row.Name][^1]));

    private static bool AreTogether(List<ParallelGuest> guests, ParallelRow row)
    {
        (double begin, double end) = Common(guests, row);
        return end - begin > Least * guests.Max(guest => guest.Times[row.Name][^1] - guest.Times[row.Name][0]);
    }

    // So much of the work was done by then; between two stamps it goes on evenly.
    private static double Parts(double[] times, double by)
    {
        int next = Array.FindIndex(times, time => time >= by);
        return next <= 0 ? 0 : next - 1 + ((by - times[next - 1]) / (times[next] - times[next - 1]));
    }

    // Each has a name of its own, by which its lines are known. They begin one after the other, while the log tells of
    // each: how far apart, a first run says, and in the next the earlier ones wait for the others.
    private static List<ParallelGuest> Together(BenchProcessor processor, int count)
    {
        string[] names = [.. Enumerable.Range(1, count).Select(number => $"parallel{number}")];
        double[] delays = new double[count];
        for (int i = 0; i < MostRuns; i++)
        {
            List<ParallelGuest> guests = Run(processor, names, delays);
            if (ParallelRow.All.All(row => AreTogether(guests, row)))
            {
                return guests;
            }

            delays = [.. guests.Select(guest => guests.Max(other => other.Start) - guest.Start)];
        }

        throw new BenchException("the guests do not come to work at the same time");
    }

    private static List<ParallelGuest> Run(BenchProcessor processor, string[] names, double[] delays)
    {
        int count = names.Length;
        string file = Path.Combine(Folders.Work, "parallel.conf");
        File.WriteAllText(file, string.Concat(names.Select((name, i) =>
            $"[{name}]\nkind = parallel\nseed = {(count * TicksToBegin) + delays[i]}\n")));
        (string console, string log) = OwnMachine.Start($"run {string.Join(' ', names)} --config {file} "
            + $"--machine bochs{On(processor)} --host-cpus {count} --timeout 300");
        return log.Contains($"processors: {count} of {count} at work")
            ? [.. names.Select(name => Read(name, console, log))]
            : throw new BenchException("not all processors came to work:\n" + log);
    }

    private static string On(BenchProcessor processor) => processor.IsSvm ? " --cpu " + processor.Model : "";

    private static ParallelGuest Alone(BenchProcessor processor)
    {
        string command = $"run parallel --machine bochs{On(processor)} --timeout 300";
        (string console, string log) = OwnMachine.Start(command);
        return Read("parallel", console, log);
    }

    // A guest's clock begins with the guest.
    private static ParallelGuest Read(string name, string console, string log)
    {
        Match report = Regex.Match(log, $@"minusone: guest name={name} .* start-ticks=(\d+)");
        double start = report.Success ? double.Parse(report.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        var times = new Dictionary<string, double[]>();
        foreach (IGrouping<string, Match> row in console.Split('\n').Select(line => Stamp().Match(line))
            .Where(match => match.Success && (!match.Groups["name"].Success || match.Groups["name"].Value == name))
            .GroupBy(match => match.Groups["row"].Value))
        {
            times[row.Key] =
            [
                .. row.Select(match => start
                    + ulong.Parse(match.Groups["time"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
            ];
        }

        return report.Success && ParallelRow.All.All(row => times.GetValueOrDefault(row.Name)?.Length > 1)
            ? new(start, times)
            : throw new BenchException($"guest '{name}' did not come to its end; this was printed:\n{console}{log}");
    }

    private static string Show(double value, string format = "0.000") =>
        value.ToString(format, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\[\d+ (?<name>\w+)\] )?parallel: (?<row>\w+) (?<time>[0-9A-F]{16})\r?$")]
    private static partial Regex Stamp();
}
