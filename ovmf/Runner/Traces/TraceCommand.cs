// `./build.sh trace FILE`: what was recorded, as a table, or written to files in the forms that were asked for.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class TraceCommand
{
    private const string Help = """
        Usage:
          ./build.sh trace FILE [options]    FILE is what ./build.sh run GUEST --trace FILE has recorded

        Options, each FILE may be - for standard output:
          --table FILE    a line an exit, and sums; this is what comes without any option
          --csv FILE      for spreadsheets
          --json FILE     for Perfetto (ui.perfetto.dev) and chrome://tracing
          --svg FILE      one picture: a lane for each processor, ticks an exit, touched memory
          --html FILE     one page that needs no network: timeline with zoom, search, all exits
          --names FILE    names of functions, from an ELF file or a map; may be repeated

        """;

    private static readonly Dictionary<string, Action<Stream, TraceData, SymbolNames>> s_forms = new()
    {
        ["--table"] = (output, data, names) => Text(output, text => TraceTable.Write(text, data, names)),
        ["--csv"] = (output, data, names) => Text(output, text => TraceCsv.Write(text, data, names)),
        ["--json"] = TracePerfetto.Write,
        ["--svg"] = (output, data, _) => Text(output, text => TracePicture.Write(text, data)),
        ["--html"] = (output, data, names) => Text(output, text => TracePage.Write(text, data, names)),
    };

    public static int Run(IReadOnlyList<string> words)
    {
        if (words.Any(word => word is "--help" or "-h"))
        {
            Console.Out.Write(Help);
            return ExitStatus.Success;
        }

        (string file, List<(string Form, string Target)> wanted, List<string> names) = Parse(words);
        TraceData data = TraceReader.Read(ReadAll(file), file);
        SymbolNames symbols = SymbolNames.For(data, names);
        foreach ((string form, string target) in wanted)
        {
            using var output = new MemoryStream();
            s_forms[form](output, data, symbols);
            Deliver(output, target);
        }

        if (data.IsCut)
        {
            Console.Error.WriteLine($"trace: '{file}' ends before its guests do; what is there was read");
        }

        return ExitStatus.Success;
    }

    private static (string File, List<(string Form, string Target)> Wanted, List<string> Names) Parse(
        IReadOnlyList<string> words)
    {
        string? file = null;
        List<(string, string)> wanted = [];
        List<string> names = [];
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            bool isOption = s_forms.ContainsKey(word) || word == "--names";
            if (isOption && i + 1 == words.Count)
            {
                throw new SetUpException($"{word} needs a file; ./build.sh trace --help shows the options");
            }

            if (word == "--names")
            {
                names.Add(words[++i]);
            }
            else if (isOption)
            {
                wanted.Add((word, words[++i]));
            }
            else if (word.StartsWith('-') || file != null)
            {
                throw new SetUpException($"'{word}' is one word too many; ./build.sh trace --help shows the options");
            }
            else
            {
                file = word;
            }
        }

        if (file == null)
        {
            throw new SetUpException(
                "no file; ./build.sh trace FILE shows what ./build.sh run GUEST --trace FILE recorded");
        }

        wanted.Where(one => one.Item2 != "-").ToList().ForEach(one => FinishedFile.CheckTarget(one.Item2));
        return (file, wanted.Count == 0 ? [("--table", "-")] : wanted, names);
    }

    private static byte[] ReadAll(string file) =>
        File.Exists(file) ? File.ReadAllBytes(file)
            : throw new SetUpException($"no file '{file}'; ./build.sh run GUEST --trace FILE makes one");

    private static void Deliver(MemoryStream output, string target)
    {
        ReadOnlySpan<byte> bytes = output.ToArray();
        if (target == "-")
        {
            using Stream standard = Console.OpenStandardOutput();
            standard.Write(bytes);
        }
        else
        {
            FinishedFile.Write(target, bytes);
        }
    }

    private static void Text(Stream output, Action<TextWriter> write)
    {
        using var text = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        write(text);
    }
}
