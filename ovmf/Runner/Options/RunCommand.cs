// The command line of `run`: its options, their help, and errors as one line. Values come as text and are checked in
// RunOptionsReader, where the messages can say what is wrong in our words.

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using System.IO;
using System.Linq;
using MinusOne.Ovmf.Runner.Guests;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed class RunCommand
{
    private const int HelpWidth = 110;

    private static readonly ParserConfiguration s_parser = new()
    {
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    private readonly HelpOption _help = new();

    private readonly Command _command =
        new("run", "Run guests on MinusOne. Their console is this terminal, the hypervisor's log is stderr.");

    public RunCommand()
    {
        Option[] options =
        [
            List, Machine, Cpu, Qemu, Memory, Vcpus, HostCpus, Timeout, Log, Screenshot, Screen,
            Kernel, Bios, Entry, Initrd, Module, CommandLine, Disk, Load, Seed, Seeds, Count, Expect, Together,
            Reboot, Config, Menu, Trace, TraceFilter, Profile, ProfileRate, Names, Gdb, GdbWait, Escape, Set, Image,
            _help,
        ];
        Array.ForEach(options, _command.Options.Add);

        _command.Arguments.Add(Guests);
    }

    public Argument<string[]> Guests { get; } = new("GUEST")
    {
        Description = $"names or ids of built-in guests, or all [default: {Catalogue.DefaultGuest}]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public Option<bool> List { get; } = new("--list") { Description = "show what can be run" };

    public Option<string> Machine { get; } =
        Text("--machine", "bochs|qemu", "the machine [default: qemu where VT-x nests, else bochs]");

    public Option<string> Cpu { get; } =
        Text("--cpu", "MODEL", "the machine's processor, by the name that machine has for it");

    public Option<string> Qemu { get; } = Text(
        "--qemu", "ARGUMENTS", "more arguments for QEMU, for example \"-machine hpet=off -device intel-iommu\"");

    public Option<string> Memory { get; } = Text("--memory", "SIZE", "memory of a guest, for example 64M");

    public Option<string> Vcpus { get; } = Text("--vcpus", "1..8", "processors of a guest [default: 1]");

    public Option<string> HostCpus { get; } =
        Text("--host-cpus", "1..64", "processors of the machine, and of these for the hypervisor [default: 1]");

    public Option<string> Timeout { get; } =
        Text("--timeout", "SECONDS", "end the machine that long after power-on, with status 3");

    public Option<string> Log { get; } = Text("--log", "FILE", "write the hypervisor's log there as well");

    public Option<string> Screenshot { get; } =
        Text("--screenshot", "FILE.png", "take a picture of the machine's screen at the end");

    public Option<string> Screen { get; } =
        Text("--screen", "WxH", "a picture of this size, if the machine's firmware has one, as 1920x1080");

    public Option<string> Kernel { get; } = Text("--kernel", "FILE", "run this kernel");

    public Option<string> Bios { get; } = Text("--bios", "FILE", "run this BIOS");

    public Option<string> Entry { get; } = Text("--entry", "ADDR", "where a flat kernel begins, for example 0x200000");

    public Option<string> Initrd { get; } = Text("--initrd", "FILE", "initial RAM disk for the kernel");

    public Option<string[]> Module { get; } = new("--module")
    {
        HelpName = "FILE[=ARGS]",
        Description = "a module for a multiboot or PVH kernel, and what it is told behind its name; may be repeated",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public Option<string> CommandLine { get; } = Text("--cmdline", "TEXT", "command line for the kernel");

    public Option<string[]> Disk { get; } = new("--disk")
    {
        HelpName = "FILE[:ro|:mem]",
        Description = "a disk for the guest; writes stay in memory (mem) or are refused (ro); may be repeated",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public Option<string> Load { get; } =
        Text("--load", "FILE", "the guest of this snapshot goes on, which the monitor's snapshot save NAME has made");

    public Option<string> Seed { get; } =
        Text("--seed", "N", "where a guest that tries things at random begins [default: 1]");

    public Option<string> Seeds { get; } =
        Text("--seeds", "A..B", "once for each of these, in one boot; only what goes wrong is told");

    public Option<string> Count { get; } = Text("--count", "N", "how often it tries [default: 10000; with all: 1000]");

    public Option<string> Expect { get; } =
        Text("--expect", "END", "status 0 if the guest ends so: exit=V (it writes V to port F4h), reset, halt, ...");

    public Option<bool> Together { get; } =
        new("--together") { Description = "all guests at the same time; kernels always are" };

    public Option<bool> Reboot { get; } =
        new("--reboot") { Description = "a guest that resets its machine starts again instead of ending" };

    public Option<string> Config { get; } =
        Text("--config", "FILE", "guests with settings of their own, for the image's minusone.conf");

    public Option<bool> Menu { get; } = new("--menu") { Description = "choose in the image's boot menu what to run" };

    public Option<string?> Trace { get; } = new("--trace")
    {
        HelpName = "FILE",
        Description = "record every exit there, for ./build.sh trace; without FILE, a line each in the log, "
            + "which takes some 230,000 ticks",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<string> TraceFilter { get; } = Text(
        "--trace-filter", "WORDS",
        "of the file, only these exits: io, msr, cpuid, memory, ..., reason=N, rip=A-B; commas between");

    public Option<string?> Profile { get; } = new("--profile")
    {
        HelpName = "FILE",
        Description = "where the guests' time goes: FILE.svg, a flame picture, and FILE.json for speedscope.app "
            + "[default: out/profile]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<string> ProfileRate { get; } =
        Text("--profile-rate", "N", $"samples a second, up to 10000 [default: {ProfileOption.DefaultRate}]");

    public Option<string[]> Names { get; } = new("--names")
    {
        HelpName = "FILE",
        Description = "names of functions for the profile, from an ELF file or a map; may be repeated",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public Option<string?> Gdb { get; } = new("--gdb")
    {
        HelpName = "PORT",
        Description = $"a debugger may come to this port of the loopback address [default: {RunOptionsReader.GdbPort}]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<bool> GdbWait { get; } =
        new("--gdb-wait") { Description = "the first guest waits for the debugger before its first instruction" };

    public Option<bool> Escape { get; } =
        new("--escape") { Description = "Ctrl-A is an escape also in input that is not a terminal" };

    public Option<string[]> Set { get; } = new("--set")
    {
        HelpName = "KEY=VALUE",
        Description = "a line for the image's minusone.conf; may be repeated",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public Option<string> Image { get; } = new("--image") { Hidden = true };

    public bool IsHelp(IReadOnlyList<string> words) => _command.Parse(words, s_parser).GetResult(_help) != null;

    public string Help()
    {
        var text = new StringWriter();
        ((HelpAction)_help.Action!).MaxWidth = HelpWidth;
        _command.Parse([_help.Name], s_parser).Invoke(new InvocationConfiguration { Output = text });
        return text.ToString().Replace("\n  run [", "\n  ./build.sh run [").TrimEnd() + "\n";
    }

    // False if there is nothing to run because the list was asked for.
    public bool Parse(IReadOnlyList<string> words, Catalogue catalogue, out RunOptions options)
    {
        ParseResult result = _command.Parse(GuestsApart(words, catalogue), s_parser);
        string? unknown = result.GetValue(Guests)?.FirstOrDefault(word => word.StartsWith('-'));
        if (unknown != null)
        {
            throw new SetUpException($"unknown option '{unknown}'; ./build.sh run --help shows them");
        }

        if (result.Errors.Count > 0)
        {
            string message = result.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
            message = char.ToLowerInvariant(message[0]) + message[1..];
            throw new SetUpException($"{message}; ./build.sh run --help shows the options");
        }

        bool isList = result.GetValue(List);
        options = isList ? new RunOptions() : new RunOptionsReader(this, result).Read(catalogue);
        return !isList;
    }

    // `--trace hello` tells what hello does: it is read as `hello --trace`, and --profile as well. A file of that name
    // is ./hello. What stands behind --gdb and is no number is a guest's.
    private IReadOnlyList<string> GuestsApart(IReadOnlyList<string> words, Catalogue catalogue)
    {
        List<string> apart = [.. words];
        foreach (string option in (string[])[Trace.Name, Profile.Name])
        {
            int at = apart.IndexOf(option);
            if (at >= 0 && at + 1 < apart.Count && catalogue.Has(apart[at + 1]))
            {
                apart.RemoveAt(at);
                apart.Add(option);
            }
        }

        int debugger = apart.IndexOf(Gdb.Name);
        if (debugger >= 0 && debugger + 1 < apart.Count && !char.IsAsciiDigit(apart[debugger + 1].FirstOrDefault()))
        {
            apart.RemoveAt(debugger);
            apart.Insert(0, Gdb.Name + "=" + RunOptionsReader.GdbPort);
        }

        return apart;
    }

    private static Option<string> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description };
}
