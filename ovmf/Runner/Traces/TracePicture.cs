// A trace as one picture (SVG): a lane for each processor, how long exits took, and which memory they were about. Light
// on dark or dark on light, as the viewer's system has it.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Security;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class TracePicture
{
    private const int Width = 1200;
    private const int Left = 130;
    private const int Right = Width - 30;
    private const int LaneHeight = 56;
    private const int Columns = 520;
    private const int HistogramHeight = 200;
    private const int Cell = 14;
    private const int CellsAcross = 64;

    private const string Style = """
        <style>
        svg{background:#fcfcfb;color:#1d2329;font:13px system-ui,sans-serif} text{fill:currentColor}
        .t{font-size:20px;font-weight:600}.h{font-size:15px;font-weight:600}.s{opacity:.65;font-size:12px}
        .l{fill:currentColor;opacity:.06}.g{stroke:currentColor;opacity:.12}.m{fill:#c2571a}
        @media(prefers-color-scheme:dark){svg{background:#15181c;color:#e4e7ea}.m{fill:#f2935c}}
        </style>
        """;

    public static void Write(TextWriter output, TraceData data)
    {
        var drawing = new StringWriter(CultureInfo.InvariantCulture);
        int y = 40;
        y = Timeline(drawing, data, y);
        y = Histogram(drawing, data, y + 40);
        y = Memory(drawing, data, y + 40);
        output.WriteLine($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {y + 24}\" role=\"img\">");
        output.WriteLine(Style);
        output.WriteLine(Text(20, 30, "t", Title(data)));
        output.Write(drawing);
        output.WriteLine("</svg>");
    }

    public static string Title(TraceData data) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(", ", data.Guests.Select(guest => guest.Name))}: {data.Exits.Count:N0} exits in "
                + $"{data.Seconds(data.End):F3} s");

    // How much of each stretch of time went into which exits.
    private static int Timeline(StringWriter drawing, TraceData data, int y)
    {
        double perColumn = Math.Max(1, (double)data.End / Columns);
        double step = (double)(Right - Left) / Columns;
        foreach (IGrouping<(int Guest, int Processor), TraceExit> lane in data.Exits
            .GroupBy(exit => (exit.Guest, exit.Processor)).OrderBy(group => group.Key))
        {
            y += 14;
            drawing.WriteLine(Text(20, y + 24, "h", data.GuestOf(lane.First()).Name));
            drawing.WriteLine(Text(20, y + 42, "s", $"processor {lane.Key.Processor}"));
            drawing.WriteLine(Box(Left, y, Right - Left, LaneHeight, "class=\"l\""));
            foreach (IGrouping<int, TraceExit> column in lane
                .GroupBy(exit => Math.Min(Columns - 1, (int)(exit.Time / perColumn))))
            {
                double bottom = y + LaneHeight;
                foreach (IGrouping<string, TraceExit> kind in column.GroupBy(exit => ReasonColours.Of(exit.Reason)))
                {
                    double share = kind.Sum(exit => (double)exit.Ticks) / perColumn;
                    double height = Math.Max(1.5, Math.Min(1, share) * LaneHeight);
                    bottom = Math.Max(y, bottom - height);
                    drawing.WriteLine(Box(Left + (column.Key * step), bottom, step, height, $"fill=\"{kind.Key}\""));
                }
            }

            y += LaneHeight;
        }

        for (int i = 0; i <= 4; i++)
        {
            double x = Left + ((Right - Left) * i / 4.0);
            string anchor = i == 4 ? "end" : i == 0 ? "start" : "middle";
            drawing.WriteLine(Text(x, y + 18, "s", $"{Time(data, data.End * (ulong)i / 4)}", anchor));
        }

        return y + 24;
    }

    // Columns are powers of two of ticks, of each kind its own colour.
    private static int Histogram(StringWriter drawing, TraceData data, int y)
    {
        drawing.WriteLine(Text(20, y, "h", "Ticks an exit"));
        var columns = data.Exits.Where(exit => exit.Ticks != 0).GroupBy(exit => BitOperations.Log2(exit.Ticks))
            .OrderBy(group => group.Key).ToList();
        int first = columns.Count == 0 ? 0 : columns[0].Key;
        int count = columns.Count == 0 ? 1 : columns[^1].Key - first + 1;
        double most = Math.Max(1, columns.Select(column => column.Count()).DefaultIfEmpty(1).Max());
        double step = Math.Min(90.0, 760.0 / count);
        int bottom = y + 20 + HistogramHeight;
        foreach (IGrouping<int, TraceExit> column in columns)
        {
            double x = Left + ((column.Key - first) * step), top = bottom;
            foreach (IGrouping<ushort, TraceExit> reason
                in column.GroupBy(exit => exit.Reason).OrderBy(group => group.Key))
            {
                double height = HistogramHeight * reason.Count() / most;
                top -= height;
                drawing.WriteLine(Box(x + 2, top, step - 4, height, $"fill=\"{ReasonColours.Of(reason.Key)}\""));
            }

            drawing.WriteLine(Text(x + (step / 2), top - 5, "s", $"{column.Count()}", "middle"));
            drawing.WriteLine(Text(x + (step / 2), bottom + 16, "s", Short(1UL << column.Key), "middle"));
        }

        Legend(drawing, data, y + 20);
        return bottom + 20;
    }

    private static void Legend(StringWriter drawing, TraceData data, int y)
    {
        foreach (IGrouping<ushort, TraceExit> reason in data.Exits.GroupBy(exit => exit.Reason)
            .OrderByDescending(group => group.Count()).Take(12))
        {
            drawing.WriteLine(Box(Width - 280, y - 10, 11, 11, $"rx=\"2\" fill=\"{ReasonColours.Of(reason.Key)}\""));
            drawing.WriteLine(Text(Width - 262, y, "", ExitWords.Reason(reason.Key, data.IsSvm)));
            drawing.WriteLine(Text(Right, y, "s", reason.Count().ToString("N0", CultureInfo.InvariantCulture), "end"));
            y += 19;
        }
    }

    // Sixty-four pieces a row; rows nobody touched are left out.
    private static int Memory(StringWriter drawing, TraceData data, int y)
    {
        ulong[] touched = [.. data.Exits.Where(TraceMemory.IsAbout).Select(exit => exit.Subject)];
        ulong piece = TraceMemory.Piece(touched);
        drawing.WriteLine(Text(20, y, "h", $"Memory that exits were about, in pieces of {Bytes(piece)}"));
        Dictionary<ulong, int> counts =
            touched.GroupBy(address => address / piece).ToDictionary(group => group.Key, group => group.Count());
        double most = Math.Log(1 + counts.Values.DefaultIfEmpty(1).Max());
        y += 12;
        foreach (ulong row in counts.Keys.Select(key => key / CellsAcross).Distinct().Order())
        {
            drawing.WriteLine(Text(Left - 10, y + 11, "s", ExitWords.Hex(row * CellsAcross * piece), "end"));
            drawing.WriteLine(Box(Left, y, CellsAcross * Cell, Cell - 1, "class=\"l\""));
            foreach ((ulong key, int count) in counts.Where(pair => pair.Key / CellsAcross == row))
            {
                double strength = 0.25 + (0.75 * Math.Log(1 + count) / most);
                drawing.WriteLine(Box(Left + ((int)(key % CellsAcross) * Cell), y, Cell - 1, Cell - 1,
                    $"class=\"m\" fill-opacity=\"{strength.ToString("F2", CultureInfo.InvariantCulture)}\""));
            }

            y += Cell;
        }

        return y;
    }

    private static string Time(TraceData data, ulong ticks)
    {
        double seconds = data.Seconds(ticks);
        return seconds >= 1 ? seconds.ToString("F2", CultureInfo.InvariantCulture) + " s"
            : (seconds * 1000).ToString("F1", CultureInfo.InvariantCulture) + " ms";
    }

    private static string Short(ulong value) =>
        value >= 1 << 20 ? $"{value >> 20}M" : value >= 1 << 10 ? $"{value >> 10}K" : $"{value}";

    private static string Bytes(ulong value) => value >= 1 << 20 ? $"{value >> 20} MiB" : $"{value >> 10} KiB";

    private static string Box(double x, double y, double width, double height, string more) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" {more}/>");

    private static string Text(double x, double y, string kind, string text, string anchor = "start") =>
        string.Create(CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" class=\"{kind}\" text-anchor=\"{anchor}\">"
                + $"{SecurityElement.Escape(text)}</text>");
}
