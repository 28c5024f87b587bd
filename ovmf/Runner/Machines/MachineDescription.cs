// A machine as ovmf/machines/ describes it: which program with which arguments and files, and its variants. Adding a
// setting to a machine is an edit of those files, not of this program.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace MinusOne.Ovmf.Runner.Machines;

internal sealed record MachineDescription
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        RespectRequiredConstructorParameters = true,
    };

    public required string Title { get; init; }

    public required string Program { get; init; }

    public required string Package { get; init; }

    // How long the firmware takes on an idle host, for the message at the start.
    public required int FirmwareSeconds { get; init; }

    public required IReadOnlyList<FileNeed> Files { get; init; }

    // Placeholders whose file the machine writes to; each run gets a copy.
    public IReadOnlyList<string> Copies { get; init; } = [];

    public required IReadOnlyList<string> Arguments { get; init; }

    // What gives the machine a third serial port, for a debugger: more arguments, or a line for {debugger} in a
    // template.
    public IReadOnlyList<string> DebuggerArguments { get; init; } = [];

    public string DebuggerLine { get; init; } = "";

    // And for one with more than one processor; a template may have {processors} instead.
    public IReadOnlyList<string> ProcessorArguments { get; init; } = [];

    // Further ones for a machine with a fourth serial port.
    public required IReadOnlyList<string> FourthPort { get; init; }

    // Files of ovmf/machines/ that are filled in and put into the run's folder.
    public required IReadOnlyList<string> Templates { get; init; }

    // Arguments that make the program list its processor models.
    public required IReadOnlyList<string> CpuList { get; init; }

    // Beginnings of the names of models whose processor has AMD's SVM; the others have VT-x, if anything. How to get a
    // machine with the other of the two.
    public IReadOnlyList<string> AmdModels { get; init; } = [];

    public required string OtherThanVtx { get; init; }

    public required string OtherThanSvm { get; init; }

    // The file in the run's folder in which the machine says why it ended.
    public required string Log { get; init; }

    // Values of placeholders by variant; each has a `cpu`, the default model.
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Variants { get; init; }

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "machines");

    public static IEnumerable<string> Names() =>
        Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order();

    public static MachineDescription Load(string name) =>
        JsonSerializer.Deserialize<MachineDescription>(File.ReadAllText(Path.Combine(Folder, name + ".json")), s_json)!;

    public static string Template(string name) => File.ReadAllText(Path.Combine(Folder, name));
}
