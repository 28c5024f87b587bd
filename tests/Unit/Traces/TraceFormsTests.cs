// The forms in which a trace is shown: each is well formed, has every exit in it, and takes names for what they are.

extern alias runner;

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using runner::MinusOne.Ovmf.Runner.Traces;
using Xunit;
using Verdict = runner::MinusOne.Hv.Exits.Verdict;

namespace MinusOne.Tests.Unit.Traces;

public sealed class TraceFormsTests
{
    private const string Evil = "</script><b>\",\"&";

    // The members that the Trace Event Format asks for: of a complete event name, ts, dur, pid and tid; of metadata
    // name and args.name.
    [Fact]
    public void PerfettoFindsWhatItsFormatAsksFor()
    {
        using var output = new MemoryStream();
        TracePerfetto.Write(output, Sample(), new SymbolNames());
        using JsonDocument json = JsonDocument.Parse(output.ToArray());
        JsonElement[] events = [.. json.RootElement.GetProperty("traceEvents").EnumerateArray()];
        ILookup<string, JsonElement> kinds = events.ToLookup(one => one.GetProperty("ph").GetString());
        Assert.Equal(["M", "X"], kinds.Select(kind => kind.Key));
        Assert.Equal([Evil, "processor 0", "processor 1"],
            kinds["M"].Select(one => one.GetProperty("args").GetProperty("name").GetString()));
        Assert.Equal([0.1, 2, 3], kinds["X"].Select(one => one.GetProperty("ts").GetDouble()));
        Assert.Equal([1, 0.5, 0.25], kinds["X"].Select(one => one.GetProperty("dur").GetDouble()));
        Assert.Equal([(1, 0), (1, 1), (1, 0)], kinds["X"]
            .Select(one => (one.GetProperty("pid").GetInt32(), one.GetProperty("tid").GetInt32())));
        Assert.All(events, one => Assert.NotEmpty(one.GetProperty("name").GetString()));
    }

    [Fact]
    public void APageIsWholeAndNeedsNobody()
    {
        string page = Text(output => TracePage.Write(output, Sample(), new SymbolNames()));
        Assert.Equal(3, page.Split("</script>").Length);
        Assert.DoesNotContain("http", page.Replace("http-equiv", ""));
        Assert.DoesNotContain("{{", page);
        string start = "<script type=\"application/json\" id=\"data\">";
        string data = page[(page.IndexOf(start) + start.Length)..];
        using JsonDocument json = JsonDocument.Parse(data[..data.IndexOf("</script>")]);
        Assert.Equal(3, json.RootElement.GetProperty("ticks").GetArrayLength());
        Assert.Equal([10, 190, 100], Numbers(json, "time"));
        Assert.Equal(Evil, json.RootElement.GetProperty("guests")[0].GetProperty("name").GetString());
        Assert.Equal([-1, 8, -1], Numbers(json, "page"));
    }

    [Fact]
    public void APictureIsXml()
    {
        string picture = Text(output => TracePicture.Write(output, Sample()));
        XElement svg = XElement.Parse(picture);
        Assert.Contains(svg.Descendants(), one => one.Value.StartsWith(Evil));
        Assert.Contains(svg.Descendants(), one => one.Value == "EPT violation");
        Assert.Contains(svg.Descendants(), one => (string)one.Attribute("class") == "m");
    }

    [Fact]
    public void ACsvHasALineAnExit()
    {
        string[] lines = Text(output => TraceCsv.Write(output, Sample(), new SymbolNames())).Split("\r\n");
        Assert.Equal(5, lines.Length);
        Assert.StartsWith(
            "200,0.000002000,\"</script><b>\"\",\"\"&\",1,48,EPT violation,2000,,write 8000,2,", lines[2]);
    }

    [Fact]
    public void ATableHasSums()
    {
        string text = Text(output => TraceTable.Write(output, Sample(), new SymbolNames()));
        Assert.Matches(@"EPT violation +1 +50 +50\n", text);
        Assert.Matches(@"I/O instruction +2 +125 +62\n", text);
        Assert.Matches(@"\n1000 +2 +125\n", text);
    }

    // Nothing to show is shown.
    [Fact]
    public void AnEmptyTraceIsShownToo()
    {
        var empty = new TraceData { IsSvm = true, Hertz = 0 };
        Assert.NotNull(XElement.Parse(Text(output => TracePicture.Write(output, empty))));
        Assert.Contains("\"ticks\":[]", Text(output => TracePage.Write(output, empty, new SymbolNames())));
        using var json = new MemoryStream();
        TracePerfetto.Write(json, empty, new SymbolNames());
        Assert.Contains("\"traceEvents\":[]", Encoding.UTF8.GetString(json.ToArray()));
    }

    private static IEnumerable<int> Numbers(JsonDocument json, string column) =>
        json.RootElement.GetProperty(column).EnumerateArray().Select(one => one.GetInt32());

    private static TraceData Sample()
    {
        var data = new TraceData { IsSvm = false, Hertz = 100_000_000 };
        data.Guests.Add(new(1, Evil, 2, 0) { End = 400, Ending = "halt" });
        data.Exits.AddRange(
        [
            new(1, 0, 30, false, Verdict.Advance, 10, 100, 0x1000, 0x3F80000, 0x41, 0),
            new(1, 1, 48, false, Verdict.Resume, 200, 50, 0x2000, 2, 0x8000, 0),
            new(1, 0, 30, false, Verdict.End, 300, 25, 0x1000, 0x6040001, 0x2000, 0),
        ]);
        return data;
    }

    private static string Text(Action<TextWriter> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        write(text);
        return text.ToString();
    }
}
