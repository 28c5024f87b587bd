// The text of \minusone\minusone.conf: what the image is to do, one `key = value` a line. Only what the user asked for
// is written; the rest is the image's own default.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Ovmf.Runner.Options;

namespace MinusOne.Ovmf.Runner.Disk;

internal static class ConfigFile
{
    public const string Kernel = "kernel.bin";
    public const string Bios = "bios.bin";
    public const string Initrd = "initrd.bin";
    public const string Snapshot = "snapshot.bin";

    // Complaints count lines from behind this one, as the user does.
    private const string Begin = "#begin\n";

    public static string Text(RunOptions options) =>
        string.Concat(Pairs(options).Concat(options.Settings).Select(pair => $"{pair.Key} = {pair.Value}\n"))
        + (options.Config.Length == 0 ? "" : Begin + options.Config);

    private static IEnumerable<KeyValuePair<string, string>> Pairs(RunOptions options)
    {
        (string Key, string? Value)[] lines =
        [
            ("run", options.Guests.Count > 0 ? string.Join(' ', options.Guests) : null),
            ("menu", options.Config.Length > 0 && options.Guests.Count == 0 && !options.HasMenu ? "0" : null),
            ("memory", options.Memory is ulong memory ? MemorySize.Format(memory) : null),
            ("vcpus", options.Vcpus),
            ("hostcpus", options.HostCpus),
            ("timeout", options.Timeout is TimeSpan timeout ? $"{Math.Ceiling(timeout.TotalSeconds)}" : null),
            ("kernel", PathOf(options.Kernel, Kernel)),
            ("bios", PathOf(options.Bios, Bios)),
            ("initrd", PathOf(options.Initrd, Initrd)),
            .. options.Modules.Select((module, index) => ("module", (string?)Quoted(
                $"{PathOf(module.File, Module(index))}:{module.Text}"))),
            ("entry", options.Entry is ulong entry ? $"0x{entry:x}" : null),
            ("cmdline", Quoted(options.CommandLine)),
            ("disk", Disks(options.Disks)),
            ("load", PathOf(options.Snapshot, Snapshot)),
            ("seed", options.Seed),
            ("lastseed", options.LastSeed),
            ("count", options.Count),
            ("expect", options.Expect),
            ("together", options.AreTogether ? "on" : null),
            ("reboot", options.StartsAgain ? "on" : null),
            ("window", options.Window),
            ("screen", options.Screen),
            ("gdb", options.DebuggerPort == null ? null : options.WaitsForDebugger ? "wait" : "on"),
            ("symbols", Quoted(options.Symbols)),
            ("trace", options.Trace ? "on" : null),
            ("record", options.TraceFile == null ? null : options.TraceFilter),
            ("profile", options.ProfileFile == null ? null : $"{options.SamplesASecond}"),
        ];
        return lines.Where(line => line.Value != null).Select(line => KeyValuePair.Create(line.Key, line.Value!));
    }

    public static string Disk(int index) => $"disk{index}.img";

    public static string Module(int index) => $"module{index}.bin";

    private static string? Disks(IReadOnlyList<DiskFile> disks) => disks.Count == 0
        ? null
        : string.Join(' ', disks.Select((disk, index) => $"{PathOf(disk.File, Disk(index))}:{disk.Mode}"));

    // What would be taken for a comment, or for quotes of the file's.
    private static string? Quoted(string? text) =>
        text?.Any(letter => letter is '#' or '"') == true ? $"\"{text}\"" : text;

    private static string? PathOf(string? hostFile, string name) => hostFile == null ? null : @"\minusone\" + name;
}
