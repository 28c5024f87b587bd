// A flame picture (SVG): a box for each function, as wide as its share of the time, above the box of its caller; and
// below, in which functions the time went. One file that needs nobody; a box tells the rest when the mouse is over it.

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security;
using MinusOne.Ovmf.Runner.Traces;

namespace MinusOne.Ovmf.Runner.Profiles;

internal static class FlamePicture
{
    private const int Width = 1200;
    private const int Left = 20;
    private const int Right = Width - 20;
    private const int Row = 20;
    private const int Top = 84;
    private const int Hottest = 15;
    private const double Narrowest = 0.3;
    private const double LetterWidth = 7.3;

    private const string Style = """
        <style>
        svg{background:#fcfcfb;color:#1d2329;font:12px ui-monospace,Menlo,Consolas,monospace} text{fill:currentColor}
        .t{font:600 20px system-ui,sans-serif}.h{font:600 15px system-ui,sans-serif}
        .s{opacity:.65;font:12px system-ui,sans-serif}.l{fill:currentColor;opacity:.07}
        .b text{fill:#22190f;pointer-events:none}.b rect{stroke:#fcfcfb;stroke-width:.6}
        .b:hover rect{stroke:currentColor;stroke-width:1.6}
        @media(prefers-color-scheme:dark){svg{background:#15181c;color:#e4e7ea}.b rect{stroke:#15181c}}
        </style>
        """;

    public static void Write(TextWriter output, TraceData data, SymbolNames names)
    {
        CallTree tree = CallTree.Fold(data, names);
        var drawing = new StringWriter(CultureInfo.InvariantCulture);
        int ground = Top + ((tree.Depth - 1) * Row);
        Draw(drawing, tree, Left, ground, tree.Ticks);
        int end = Table(drawing, tree, ground + Row + 44);
        output.WriteLine($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {end + 24}\" role=\"img\">");
        output.WriteLine(Style);
        output.WriteLine(Text(Left, 34, "t", Title(data, tree)));
        output.WriteLine(Text(Left, 56, "s", "Wide is much time; a function stands upon its caller. Left to right is "
            + "by name and not by time."));
        Legend(output);
        output.Write(drawing);
        output.WriteLine("</svg>");
    }

    private static string Title(TraceData data, CallTree tree) => string.Create(CultureInfo.InvariantCulture,
        $"{string.Join(", ", data.Guests.Select(guest => guest.Name).Distinct())}: {data.Samples.Count:N0} samples of "
            + $"{data.Seconds(tree.Ticks):F3} s");

    private static void Legend(TextWriter output)
    {
        (string Name, FrameKind Kind)[] kinds =
            [("guest", FrameKind.Function), ("hypervisor", FrameKind.Hypervisor), ("halted", FrameKind.Halted)];
        for (int i = 0; i < kinds.Length; i++)
        {
            int x = Right - ((kinds.Length - i) * 100);
            output.WriteLine(Box(x, 46, 11, 11, $"rx=\"2\" fill=\"{Colour(new("", kinds[i].Kind))}\""));
            output.WriteLine(Text(x + 17, 56, "s", kinds[i].Name));
        }
    }

    private static void Draw(StringWriter drawing, CallTree node, double x, int y, ulong all)
    {
        double width = all == 0 ? 0 : (double)(Right - Left) * node.Ticks / all;
        if (width < Narrowest)
        {
            return;
        }

        string share = Share(node.Ticks, all);
        string alone = node.Self == 0 || node.Self == node.Ticks ? "" : $", {Share(node.Self, all)} in itself";
        drawing.Write($"<g class=\"b\"><title>{Escaped($"{node.Frame.Name}: {share}{alone}")}</title>");
        drawing.Write(Box(x, y, width, Row - 1, $"rx=\"2\" fill=\"{Colour(node.Frame)}\""));
        string label = Label($"{node.Frame.Name}  {share}", node.Frame.Name, width - 8);
        drawing.WriteLine((label.Length == 0 ? "" : Text(x + 4, y + 14, "", label)) + "</g>");
        foreach (CallTree child in node.Children)
        {
            Draw(drawing, child, x, y - Row, all);
            x += (double)(Right - Left) * child.Ticks / all;
        }
    }

    private static int Table(StringWriter drawing, CallTree tree, int y)
    {
        drawing.WriteLine(Text(Left, y, "h", "Where the time went"));
        foreach ((Frame frame, ulong self) in tree.Hottest().Take(Hottest))
        {
            y += Row + 2;
            double width = 420.0 * self / tree.Ticks;
            drawing.WriteLine(Text(Left + 58, y + 11, "", Share(self, tree.Ticks), "end"));
            drawing.WriteLine(Box(Left + 70, y, 420, Row - 5, "class=\"l\" rx=\"2\""));
            drawing.WriteLine(Box(Left + 70, y, width, Row - 5, $"rx=\"2\" fill=\"{Colour(frame)}\""));
            drawing.WriteLine(Text(Left + 504, y + 11, "", Label(frame.Name, frame.Name, Right - Left - 504)));
        }

        return y + Row;
    }

    // Guests' functions are warm, and one has the same colour wherever it is.
    private static string Colour(Frame frame)
    {
        int chance = frame.Name.Aggregate(17, (sum, letter) => unchecked((sum * 31) + letter)) & 0xFFFF;
        return frame.Kind switch
        {
            FrameKind.Function => $"hsl({12 + (chance % 36)} {72 + (chance / 36 % 16)}% {62 + (chance / 576 % 9)}%)",
            FrameKind.Hypervisor => $"hsl({196 + (chance % 26)} 58% {64 + (chance / 26 % 8)}%)",
            FrameKind.Halted => "#b4bac1",
            _ => "#d7d3c8",
        };
    }

    // As much of it as there is room for; the longer text if it fits.
    private static string Label(string text, string shorter, double width)
    {
        int room = (int)(width / LetterWidth);
        return text.Length <= room ? text
            : shorter.Length <= room ? shorter
            : room < 3 ? ""
            : shorter[..(room - 1)] + "…";
    }

    private static string Share(ulong part, ulong all) =>
        (100.0 * part / Math.Max(all, 1)).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Escaped(string text) => SecurityElement.Escape(text);

    private static string Box(double x, double y, double width, double height, string more) => string.Create(
        CultureInfo.InvariantCulture,
        $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\" {more}/>");

    private static string Text(double x, double y, string kind, string text, string anchor = "start") => string.Create(
        CultureInfo.InvariantCulture,
        $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" class=\"{kind}\" text-anchor=\"{anchor}\">{Escaped(text)}</text>");
}
