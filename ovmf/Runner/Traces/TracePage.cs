// A trace as one HTML page that needs nobody else: the page beside this file, and the exits as columns of numbers. What
// comes often - addresses, functions, what an exit is about - stands there once, and columns hold its place.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class TracePage
{
    private const string Title = "{{title}}";
    private const string Data = "{{data}}";

    public static void Write(TextWriter output, TraceData data, SymbolNames names)
    {
        string title = System.Net.WebUtility.HtmlEncode(TracePicture.Title(data));
        string[] parts = Page().Replace(Title, title).Split(Data);
        output.Write(parts[0]);
        output.Write(Columns(data, names));
        output.Write(parts[1]);
    }

    private static string Page()
    {
        using Stream page = typeof(TracePage).Assembly.GetManifestResourceStream("page.html")!;
        using var reader = new StreamReader(page);
        return reader.ReadToEnd();
    }

    // A serializer escapes < as well, so that no name ends the script that it stands in.
    private static string Columns(TraceData data, SymbolNames names)
    {
        var lanes = data.Exits.Select(exit => (exit.Guest, exit.Processor)).Distinct().Order().ToList();
        var reasons = new Words();
        var places = new Words();
        var subjects = new Words();
        var registers = new Words();
        var columns = new
        {
            hertz = data.Hertz,
            vendor = data.IsSvm ? "SVM" : "VT-x",
            cut = data.IsCut,
            end = data.End,
            guests = data.Guests.Select(guest => new { guest.Name, guest.Processors, guest.Ending }),
            lanes = lanes.Select(lane => new
            {
                Name = data.Guests.FindLast(guest => guest.Number == lane.Guest)?.Name ?? "?",
                lane.Processor,
            }),
            time = Differences(data.Exits),
            ticks = data.Exits.Select(exit => exit.Ticks).ToArray(),
            lane = data.Exits.Select(exit => lanes.IndexOf((exit.Guest, exit.Processor))).ToArray(),
            reason = data.Exits.Select(exit => reasons.At($"{exit.Reason}")).ToArray(),
            place = data.Exits.Select(exit => places.At($"{ExitWords.Hex(exit.Rip)} {names.Of(exit.Rip)}")).ToArray(),
            about = data.Exits.Select(exit => subjects.At(ExitWords.Subject(exit, data.IsSvm))).ToArray(),
            detail = data.Exits.Select(exit =>
                registers.At($"{ExitWords.Hex(exit.Qualification)} {ExitWords.Hex(exit.Cr3)}")).ToArray(),
            then = data.Exits
                .Select(exit => Letter(ExitWords.Then(exit.Verdict))).ToArray(),
            page = data.Exits.Select(exit => TraceMemory.IsAbout(exit) ? (long)(exit.Subject >> 12) : -1).ToArray(),
            reasons = reasons.List.Select(number => ushort.Parse(number)).Select(number => new
            {
                Number = number,
                Name = ExitWords.Reason(number, data.IsSvm),
                Colour = ReasonColours.Of(number),
            }),
            places = places.List,
            subjects = subjects.List,
            registers = registers.List,
        };
        return JsonSerializer.Serialize(columns, JsonSerializerOptions.Web);
    }

    // Two of the words begin with the same.
    private static char Letter(string word) => word switch
    {
        "" => ' ',
        "ended" => 'x',
        _ => word[0],
    };

    private static long[] Differences(List<TraceExit> exits)
    {
        var differences = new long[exits.Count];
        ulong before = 0;
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = (long)(exits[i].Time - before);
            before = exits[i].Time;
        }

        return differences;
    }

    private sealed class Words
    {
        private readonly Dictionary<string, int> _places = [];

        public List<string> List { get; } = [];

        public int At(string word)
        {
            if (!_places.TryGetValue(word, out int place))
            {
                _places[word] = place = List.Count;
                List.Add(word);
            }

            return place;
        }
    }
}
