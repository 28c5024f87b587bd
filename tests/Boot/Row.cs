// One boot test as a row of rows.tsv: name, arguments of `run`, expected exit status, seconds it may take, and what is
// piped in, with \n, \x01 and the like; what stands in braces is waited for before what stands behind it is sent. What
// it must print stands in transcripts/NAME.out and NAME.err; a missing file means: not compared. A row marked slow is
// for `test all` only, because another one runs its guest as well, or because it takes minutes.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace MinusOne.Tests.Boot;

public sealed record Row(
    string Name, string Arguments, int Status, int Seconds, IReadOnlyList<Typed> Input, bool IsSlow = false)
{
    // The tests run from out/bin/Boot.
    public static string Repository { get; } = Path
        .GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));

    public static string Folder { get; } = Path.Combine(Repository, "tests", "Boot");

    public static IEnumerable<Row> All() =>
        File.ReadLines(Path.Combine(Folder, "rows.tsv"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'))
            .Select(cells => new Row(
                cells[0],
                cells[1],
                int.Parse(cells[2]),
                int.Parse(cells[3]),
                [.. Inputs(Regex.Unescape(cells.ElementAtOrDefault(4) ?? ""))],
                cells.ElementAtOrDefault(5) == "slow"));

    public override string ToString() => Name;

    private static IEnumerable<Typed> Inputs(string text) =>
        Regex.Matches(text, @"(?:\{([^}]*)\})?([^{]+)")
            .Select(part => new Typed(part.Groups[1].Value, Encoding.UTF8.GetBytes(part.Groups[2].Value)));
}
