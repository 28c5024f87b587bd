// What the user asked for, checked as far as it can be without looking at a machine.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed record RunOptions
{
    public static string DefaultImage { get; } = Repository.File("out", "minusone.img");

    // Names from the catalogue; empty if a file of the user's is the guest.
    public IReadOnlyList<string> Guests { get; init; } = [];

    // Null lets the runner choose.
    public string? Machine { get; init; }

    public string? Cpu { get; init; }

    // More words for the emulator's command line.
    public IReadOnlyList<string> MoreArguments { get; init; } = [];

    // Memory of the guest, in bytes; null leaves it to the image.
    public ulong? Memory { get; init; }

    // Processors of a guest.
    public string? Vcpus { get; init; }

    // Processors of the machine, all of which are worked with. Null: one.
    public string? HostCpus { get; init; }

    // Counts from power-on.
    public TimeSpan? Timeout { get; init; }

    public string? LogFile { get; init; }

    public string? Screenshot { get; init; }

    // The size of the machine's picture; null leaves it to firmware.
    public string? Screen { get; init; }

    public string? Kernel { get; init; }

    public string? Bios { get; init; }

    public ulong? Entry { get; init; }

    public string? Initrd { get; init; }

    public IReadOnlyList<ModuleFile> Modules { get; init; } = [];

    public string? CommandLine { get; init; }

    // The kernel is Linux: what it says when it gives up is understood.
    public bool IsLinux { get; init; }

    // The guest's own.
    public IReadOnlyList<DiskFile> Disks { get; init; } = [];

    // What goes to the disk beside the configuration.
    public IEnumerable<string> Files =>
        [
            .. new[] { Kernel, Bios, Initrd, Snapshot }.OfType<string>(),
            .. Modules.Select(module => module.File),
            .. Disks.Select(disk => disk.File),
        ];

    // The guest goes on from here.
    public string? Snapshot { get; init; }

    // For guests that try things at random: where they begin, and how often they try.
    public string? Seed { get; init; }

    public string? LastSeed { get; init; }

    public string? Count { get; init; }

    // All guests at the same time, demonstrations too.
    public bool AreTogether { get; init; }

    // A guest's reset is not its end.
    public bool StartsAgain { get; init; }

    // More lines for the image's configuration file: guests, each with its own.
    public string Config { get; init; } = "";

    // The image's own menu says what to run.
    public bool HasMenu { get; init; }

    // How the guest is meant to end.
    public string? Expect { get; init; }

    // Every exit in words, in the log.
    public bool Trace { get; init; }

    // Where a debugger finds the guests; and the first of them waits for it.
    public int? DebuggerPort { get; init; }

    public bool WaitsForDebugger { get; init; }

    // What a debugger is told to load, if it has loaded nothing.
    public string? Symbols { get; init; }

    // Or in binary, in this file, if these are not all.
    public string? TraceFile { get; init; }

    public string TraceFilter { get; init; } = "on";

    // A profile goes to this file, with .json and .svg behind its name.
    public string? ProfileFile { get; init; }

    public uint SamplesASecond { get; init; }

    // Names of functions for it.
    public IReadOnlyList<string> NameFiles { get; init; } = [];

    // Ctrl-A in the input is for the hypervisor.
    public bool HasEscapes { get; init; }

    // The terminal's, which is where the guest's console is: columns x rows. Null: there is none.
    public string? Window { get; init; }

    // Pairs for the image's configuration file, passed on as they are.
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];

    public string Image { get; init; } = DefaultImage;
}
