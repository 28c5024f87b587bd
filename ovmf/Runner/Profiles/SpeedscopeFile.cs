// A profile as speedscope reads it (https://www.speedscope.app/file-format-schema.json): frames once, and for each
// processor its samples in the order in which they were taken, with the microseconds they stand for.

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using MinusOne.Ovmf.Runner.Traces;

namespace MinusOne.Ovmf.Runner.Profiles;

internal static class SpeedscopeFile
{
    private const string Schema = "https://www.speedscope.app/file-format-schema.json";
    private const double Microseconds = 1e6;

    public static void Write(Stream output, TraceData data, SymbolNames names)
    {
        var numbers = new Dictionary<string, int>();
        var processors = data.Samples
            .GroupBy(sample => (sample.Guest, sample.Processor))
            .OrderBy(group => group.Key)
            .Select(group => (group.Key, Samples: group.Select(sample => (
                Stack: CallTree.FramesOf(sample, names, data.IsSvm).Select(frame => NumberOf(numbers, frame.Name))
                    .ToArray(),
                Time: data.Seconds(sample.Ticks) * Microseconds)).ToArray()))
            .ToArray();
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("$schema", Schema);
        json.WriteString("name", string.Join(", ", data.Guests.Select(guest => guest.Name)));
        json.WriteString("exporter", "MinusOne");
        json.WriteStartObject("shared");
        json.WriteStartArray("frames");
        foreach (string name in numbers.Keys)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("profiles");
        foreach (((int guest, int processor), (int[] Stack, double Time)[] samples) in processors)
        {
            WriteProcessor(json, $"{data.GuestOf(guest).Name}, processor {processor}", samples);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // In the order of their first use, which a dictionary that only grows keeps.
    private static int NumberOf(Dictionary<string, int> numbers, string name)
    {
        numbers.TryAdd(name, numbers.Count);
        return numbers[name];
    }

    private static void WriteProcessor(Utf8JsonWriter json, string name, (int[] Stack, double Time)[] samples)
    {
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", name);
        json.WriteString("unit", "microseconds");
        json.WriteNumber("startValue", 0);
        json.WritePropertyName("endValue");
        Number(json, samples.Sum(sample => sample.Time));
        json.WriteStartArray("samples");
        foreach ((int[] stack, _) in samples)
        {
            json.WriteStartArray();
            foreach (int frame in stack)
            {
                json.WriteNumberValue(frame);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("weights");
        foreach ((_, double time) in samples)
        {
            Number(json, time);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, double value) =>
        json.WriteRawValue(value.ToString("0.####", CultureInfo.InvariantCulture));
}
