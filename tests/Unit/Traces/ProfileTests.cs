// Samples of where a guest is, taken by the house and read back by the host's tool; and what the tool makes of them.

extern alias runner;

using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using MinusOne.Tests.Unit.Runner;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Profiles;
using runner::MinusOne.Ovmf.Runner.Traces;
using Xunit;
using RunnerFormat = runner::MinusOne.Hv.Trace.TraceFormat;

namespace MinusOne.Tests.Unit.Traces;

public sealed unsafe class ProfileTests
{
    private const string Evil = "<a>&\"b\"";
    private const ulong Interval = 100_000;

    // A guest that is busy for ten intervals without an exit of its own, and the timer's, which come when one is over.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ABusyGuestIsSeenWhereItIs(bool isAmd)
    {
        using CoreMachine machine = Machine(isAmd, 1000);
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0);
            guest.Spin(10 * Interval);
            guest.Cpuid(0);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        TraceData data = Read();
        Assert.False(data.IsCut);
        Assert.Empty(data.Exits);
        TraceSample[] busy = [.. data.Samples.Where(sample => sample.State == RunnerFormat.AtWork)];
        Assert.InRange(busy.Length, 9, 11);
        Assert.All(busy, sample => Assert.Equal((Interval, 0x1002ul), (sample.Ticks, sample.Frames.Single())));
    }

    // A processor on which every look at the clock takes longer than an interval: the time is the hypervisor's.
    [Fact]
    public void TheHypervisorsOwnTimeHasAReason()
    {
        using CoreMachine machine = Machine(isAmd: false, 10_000);
        machine.Processor.Stall = () => 20_000;
        machine.Guest.Then(guest =>
        {
            for (int i = 0; i < 20; i++)
            {
                guest.Cpuid(0x8000_0000);
            }

            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        ulong cpuid = RunnerFormat.FirstReason + (ulong)ExitReason.Cpuid;
        Assert.InRange(Read().Samples.Count(sample => sample.State == cpuid), 10, 20);
    }

    [Fact]
    public void NobodyIsSampledUnasked()
    {
        using CoreMachine machine = Machine(isAmd: false, 0);
        machine.Guest.Then(guest =>
        {
            guest.Spin(10 * Interval);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Empty(Host.Written((Output)byte.MaxValue));
        Assert.False(machine.Machine->At(0)->IsAsked);
    }

    // Whatever addresses and depths there are.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhatWasSampledIsRead(int seed)
    {
        var random = new Random(seed);
        Clear();
        TraceRecorder recorder = default;
        recorder.Begin(1, 8, "one"u8, 0, 100_000_000);
        string[] written = new string[300];
        ulong[] chain = [0];
        for (int i = 0; i < written.Length; i++)
        {
            chain = [.. Enumerable.Range(0, random.Next(1, TraceFormat.MostFrames + 1))
                .Select(_ => (ulong)random.NextInt64() >> random.Next(64) << 1)];
            if (i % 3 == 0)
            {
                chain = [chain[0], .. chain[random.Next(chain.Length)..]];
                chain = chain[..Math.Min(chain.Length, TraceFormat.MostFrames)];
            }

            uint processor = (uint)random.Next(8), state = (uint)random.Next(90);
            ulong ticks = (ulong)random.Next();
            recorder.Put(1, processor, state, ticks, chain);
            written[i] = Text((int)processor, state, ticks, [.. chain.Reverse()]);
        }

        recorder.End(1, "halt"u8, 1000);
        Assert.Equal(written, Read().Samples.Select(
            sample => Text(sample.Processor, sample.State, sample.Ticks, sample.Frames)));
    }

    [Fact]
    public void SamplesAreFolded()
    {
        CallTree tree = CallTree.Fold(Sample(), Names());
        Assert.Equal(400ul, tree.Ticks);
        CallTree guest = Assert.Single(tree.Children);
        CallTree main = guest.Children.Single().Children.Single();
        Assert.Equal(("main", 400ul, 100ul), (main.Frame.Name, main.Ticks, main.Self));
        Assert.Equal(
            [("work", FrameKind.Function, 200ul), ("hypervisor: CPUID", FrameKind.Hypervisor, 100ul)],
            main.Children.Select(child => (child.Frame.Name, child.Frame.Kind, child.Ticks)));
        Assert.Equal(["work", "hypervisor: CPUID", "main"], tree.Hottest().Select(pair => pair.Frame.Name));
    }

    // What stands in the file format's schema: frames have names, samples are their numbers, and each has a weight.
    [Fact]
    public void SpeedscopeFindsWhatItsFormatAsksFor()
    {
        using var output = new MemoryStream();
        SpeedscopeFile.Write(output, Sample(), Names());
        using JsonDocument json = JsonDocument.Parse(output.ToArray());
        JsonElement root = json.RootElement;
        Assert.Equal("https://www.speedscope.app/file-format-schema.json", root.GetProperty("$schema").GetString());
        string[] frames = [.. root.GetProperty("shared").GetProperty("frames").EnumerateArray()
            .Select(frame => frame.GetProperty("name").GetString())];
        Assert.Equal(["main", "work", "hypervisor: CPUID"], frames);
        JsonElement[] profiles = [.. root.GetProperty("profiles").EnumerateArray()];
        Assert.Equal([$"{Evil}, processor 0"], profiles.Select(one => one.GetProperty("name").GetString()));
        JsonElement profile = profiles[0];
        Assert.Equal(("sampled", "microseconds", 0, 4.0), (
            profile.GetProperty("type").GetString(), profile.GetProperty("unit").GetString(),
            profile.GetProperty("startValue").GetInt32(), profile.GetProperty("endValue").GetDouble()));
        Assert.Equal("[[0,1],[0,2],[0],[0,1]]", profile.GetProperty("samples").GetRawText());
        Assert.Equal("[1,1,1,1]", profile.GetProperty("weights").GetRawText());
    }

    [Fact]
    public void APictureNamesSharesAndNeedsNobody()
    {
        string picture = Picture(Sample());
        XElement svg = XElement.Parse(picture);
        Assert.Contains(svg.Descendants(), one => one.Name.LocalName == "title" && one.Value == "work: 50.0 %");
        Assert.Contains(svg.Descendants(),
            one => one.Name.LocalName == "title" && one.Value == "main: 100.0 %, 25.0 % in itself");
        Assert.Contains(svg.Descendants(), one => one.Name.LocalName == "text" && one.Value.StartsWith(Evil));
        Assert.DoesNotContain("http", picture.Replace("http://www.w3.org/2000/svg", ""));
        Assert.NotNull(XElement.Parse(Picture(new TraceData { IsSvm = false, Hertz = 0 })));
    }

    [Fact]
    public void FilesAreWrittenOrItIsSaidWhyNot()
    {
        using var files = new HostFiles();
        Clear();
        TraceRecorder recorder = default;
        recorder.Begin(1, 1, "one"u8, 0, 100_000_000);
        recorder.Put(1, 0, 0, 100, [0x1000]);
        byte[] stream = [.. Host.Written((Output)byte.MaxValue)];
        string file = Path.ChangeExtension(files.Write("p.svg", []), null);
        Assert.StartsWith("1 samples: ", ProfileFiles.Write(file, stream, []));
        Assert.NotNull(XElement.Parse(File.ReadAllText(file + ".svg")));
        Assert.Contains("no profile: ", ProfileFiles.Write("/no/such/p", stream, []));
        Assert.Contains("is empty: the run ended before a guest began", ProfileFiles.Write(file, [], []));
    }

    private static TraceData Sample()
    {
        var data = new TraceData { IsSvm = false, Hertz = 100_000_000 };
        data.Guests.Add(new(1, Evil, 2, 0) { End = 400, Ending = "halt" });
        data.Samples.AddRange(
        [
            new(1, 0, RunnerFormat.AtWork, 100, [0x1008, 0x2000]),
            new(1, 0, RunnerFormat.FirstReason + (ulong)ExitReason.Cpuid, 100, [0x1004]),
            new(1, 0, RunnerFormat.AtWork, 100, [0x1000]),
            new(1, 0, RunnerFormat.AtWork, 100, [0x2000, 0x2010]),
        ]);
        return data;
    }

    // The first call of `work` comes back behind the end of `main`, which it is the last instruction of.
    private static SymbolNames Names()
    {
        using var files = new HostFiles();
        var names = new SymbolNames();
        names.Add(files.Write("map", Encoding.UTF8.GetBytes("0000000000001000 T main\n0000000000002000 T work\n")));
        return names;
    }

    private static string Picture(TraceData data)
    {
        using var text = new StringWriter();
        FlamePicture.Write(text, data, Names());
        return text.ToString();
    }

    private static string Text(int processor, ulong state, ulong ticks, ulong[] frames) =>
        $"{processor} {state} {ticks} {string.Join(' ', frames)}";

    private static CoreMachine Machine(bool isAmd, uint rate)
    {
        var machine = new CoreMachine(isAmd ? Presets.Ryzen() : null);
        Clear();
        machine.Settings = machine.Settings with { SamplesASecond = rate };
        return machine;
    }

    private static void Clear()
    {
        Host.Written((Output)byte.MaxValue).Clear();
        Host.Room.Recorded = 0;
        Host.Room.MostRecorded = int.MaxValue;
    }

    private static TraceData Read() => TraceReader.Read([.. Host.Written((Output)byte.MaxValue)], "test");
}
