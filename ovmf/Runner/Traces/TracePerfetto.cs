// A trace as Perfetto and Chrome read it (Trace Event Format, JSON): a process for each guest, a thread for each
// processor, a complete event ("X") for each exit, in microseconds.

using System.Globalization;
using System.IO;
using System.Text.Json;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class TracePerfetto
{
    private const double Microseconds = 1e6;

    public static void Write(Stream output, TraceData data, SymbolNames names)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ns");
        json.WriteStartArray("traceEvents");
        foreach (TraceGuest guest in data.Guests)
        {
            Name(json, "process_name", guest.Number, 0, guest.Name);
            for (int i = 0; i < guest.Processors; i++)
            {
                Name(json, "thread_name", guest.Number, i, $"processor {i}");
            }
        }

        foreach (TraceExit exit in data.Exits)
        {
            Write(json, data, names, exit);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TraceData data, SymbolNames names, in TraceExit exit)
    {
        json.WriteStartObject();
        json.WriteString("name", ExitWords.Reason(exit.Reason, data.IsSvm));
        json.WriteString("cat", "exit");
        json.WriteString("ph", "X");
        Number(json, "ts", data.Seconds(exit.Time) * Microseconds);
        Number(json, "dur", data.Seconds(exit.Ticks) * Microseconds);
        json.WriteNumber("pid", exit.Guest);
        json.WriteNumber("tid", exit.Processor);
        json.WriteStartObject("args");
        json.WriteString("rip", ExitWords.Hex(exit.Rip));
        string place = names.Of(exit.Rip), about = ExitWords.Subject(exit, data.IsSvm);
        if (place.Length != 0)
        {
            json.WriteString("function", place);
        }

        if (about.Length != 0)
        {
            json.WriteString("about", about);
        }

        json.WriteString("cr3", ExitWords.Hex(exit.Cr3));
        json.WriteString("qualification", ExitWords.Hex(exit.Qualification));
        json.WriteNumber("ticks", exit.Ticks);
        json.WriteString("then", ExitWords.Then(exit.Verdict));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Name(Utf8JsonWriter json, string what, int process, int thread, string name)
    {
        json.WriteStartObject();
        json.WriteString("name", what);
        json.WriteString("ph", "M");
        json.WriteNumber("pid", process);
        json.WriteNumber("tid", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // As many digits as there are ticks, and no exponent.
    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.ToString("F4", CultureInfo.InvariantCulture));
    }
}
