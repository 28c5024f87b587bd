// From the words of the command line to RunOptions. Every value is checked here, so that a mistake costs no firmware
// start.

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using MinusOne.Efi.Options;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Guests;
using MinusOne.Ovmf.Runner.Linux;
using MinusOne.Ovmf.Runner.Machines;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed class RunOptionsReader(RunCommand command, ParseResult result)
{
    // A day and a bit: longer than any run, shorter than what a timer can count.
    private const double MostSeconds = 100_000;

    private const uint MostHostCpus = 64;

    public const int GdbPort = 1234;

    public RunOptions Read(Catalogue catalogue)
    {
        LinuxGuest? linux = LinuxGuest.Among(Words);
        string? kernel = InputFile(command.Kernel) ?? linux?.Kernel;
        string? bios = InputFile(command.Bios);
        string? config = InputFile(command.Config);
        string? line = OneLine(command.CommandLine.Name, result.GetValue(command.CommandLine));
        string[]? seeds = Seeds();
        KeyValuePair<string, string>[] settings = [.. (result.GetValue(command.Set) ?? []).Select(Setting)];
        var options = new RunOptions
        {
            Guests = linux != null ? [] : GuestNames(catalogue, hasFile: kernel != null || bios != null, config),
            Machine = result.GetValue(command.Machine) ?? (linux != null ? MachinePlan.Qemu : null),
            Cpu = Filled(command.Cpu),
            MoreArguments = (Filled(command.Qemu) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Memory = result.GetValue(command.Memory) is string memory ? MemorySize.ParseGuest(memory) : null,
            Vcpus = Vcpus(result.GetValue(command.Vcpus)),
            Timeout = Timeout(result.GetValue(command.Timeout)),
            LogFile = Target(command.Log),
            Screenshot = Target(command.Screenshot),
            Screen = Size(result.GetValue(command.Screen)),
            Kernel = kernel,
            Bios = bios,
            Entry = Entry(result.GetValue(command.Entry)),
            Initrd = InputFile(command.Initrd) ?? linux?.Initrd,
            Modules = ModuleFile.ReadAll(result.GetValue(command.Module) ?? []),
            CommandLine = linux == null ? line : linux.CommandLine(line),
            Disks = DiskFile.ReadAll([.. linux?.Disks ?? [], .. result.GetValue(command.Disk) ?? []]),
            Seed = Natural(command.Seed) ?? seeds?[0],
            LastSeed = seeds?[1],
            Count = Natural(command.Count),
            Expect = Expect(result.GetValue(command.Expect)),
            Config = config == null ? "" : File.ReadAllText(config),
            AreTogether = result.GetValue(command.Together),
            StartsAgain = StartsAgain(settings),
            HasMenu = result.GetValue(command.Menu),
            HasEscapes = result.GetValue(command.Escape) || !Console.IsInputRedirected,
            Window = Window(),
            Settings = settings,
            Image = result.GetValue(command.Image) ?? RunOptions.DefaultImage,
        };
        return KernelCheck.Check(WithProfile(WithTrace(WithDebugger(WithSnapshot(WithProcessors(options))))));
    }

    // It says itself which guest it is, and what that is given.
    private RunOptions WithSnapshot(RunOptions options)
    {
        if (InputFile(command.Load) is not string file)
        {
            return options;
        }

        SnapshotFile snapshot = SnapshotFile.Read(file);
        return Words.Length != 0 || options.Kernel != null || options.Config.Length != 0
            ? throw new SetUpException("--load names its guest itself; leave the guest and its files out")
            : options with
            {
                Guests = [snapshot.Guest],
                Snapshot = file,
                Memory = options.Memory ?? snapshot.MemoryBytes,
                Vcpus = options.Vcpus ?? $"{snapshot.Vcpus}",
            };
    }

    // Null: there is no terminal, or it does not tell.
    private static string? Window() =>
        Console.IsOutputRedirected || Console.WindowWidth == 0 || Console.WindowHeight == 0
            ? null
            : $"{Console.WindowWidth}x{Console.WindowHeight}";

    // What a configuration file names is the image's to find.
    private string[] GuestNames(Catalogue catalogue, bool hasFile, string? config)
    {
        string[] words = Words;
        bool isOpen = hasFile || config != null || result.GetValue(command.Menu);
        return words.Length == 0 ? isOpen ? [] : [Catalogue.DefaultGuest]
            : config != null ? words : [.. words.Select(catalogue.NameOf)];
    }

    private string[] Words => result.GetValue(command.Guests) ?? [];

    private RunOptions WithDebugger(RunOptions options)
    {
        int? port = DebuggerPort();
        return options with
        {
            DebuggerPort = port,
            WaitsForDebugger = result.GetValue(command.GdbWait),
            Symbols = port == null ? null : SymbolsOf(options),
        };
    }

    // What gdb can load by itself: a kernel that is an ELF file, or the names of the C# kernel.
    private static string? SymbolsOf(RunOptions options)
    {
        string own = Repository.File("out", "kernel", "kernel.elf");
        string? file = options.Kernel ?? (options.Guests.All(name => name == Catalogue.DefaultGuest) ? own : null);
        byte[] magic = new byte[4];
        if (file == null || !File.Exists(file))
        {
            return null;
        }

        using FileStream stream = File.OpenRead(file);
        return stream.Read(magic) == magic.Length && magic.AsSpan().SequenceEqual("\u007FELF"u8)
            ? Path.GetFullPath(file)
            : null;
    }

    private RunOptions WithTrace(RunOptions options)
    {
        bool isGiven = result.GetResult(command.Trace) != null;
        var trace = TraceOption.Read(isGiven, result.GetValue(command.Trace), result.GetValue(command.TraceFilter));
        return options with { Trace = trace.IsTold, TraceFile = trace.File, TraceFilter = trace.Filter };
    }

    private RunOptions WithProfile(RunOptions options)
    {
        var profile = ProfileOption.Read(
            result.GetResult(command.Profile) != null, result.GetValue(command.Profile),
            result.GetValue(command.ProfileRate), result.GetValue(command.Names) ?? []);
        return options with
        {
            ProfileFile = profile.File,
            SamplesASecond = profile.Rate,
            NameFiles = profile.NamesFor(options.Kernel),
        };
    }

    private int? DebuggerPort()
    {
        string? word = result.GetValue(command.Gdb);
        if (word == null)
        {
            return result.GetResult(command.Gdb) != null || result.GetValue(command.GdbWait) ? GdbPort : null;
        }

        return ushort.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port != 0
            ? port
            : throw new SetUpException($"'{word}' is no port; --gdb takes one from 1 to 65535");
    }

    private string? InputFile(Option<string> option)
    {
        string? file = result.GetValue(option);
        return file == null || File.Exists(file)
            ? file
            : throw new SetUpException(Directory.Exists(file)
                ? $"'{file}' is a directory; {option.Name} takes a file"
                : $"no file '{file}'; {option.Name} takes the path of one");
    }

    private string? Target(Option<string> option)
    {
        string? file = result.GetValue(option);
        if (file != null)
        {
            FinishedFile.CheckTarget(file);
        }

        return file;
    }

    private string? Filled(Option<string> option) =>
        result.GetValue(option) is ""
            ? throw new SetUpException($"{option.Name} needs a value; ./build.sh run --help shows the options")
            : result.GetValue(option);

    // The first and the last, if there are several.
    private string[]? Seeds()
    {
        string? text = result.GetValue(command.Seeds);
        string[]? ends = text?.Split("..");
        bool isGood = ends is [string first, string last]
            && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out uint from)
            && uint.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out uint to)
            && from > 0 && to >= from && result.GetValue(command.Seed) == null;
        return text == null || isGood
            ? ends
            : throw new SetUpException($"'{text}' are no seeds; --seeds takes for example 1..20, without --seed");
    }

    private string? Natural(Option<string> option)
    {
        string? text = result.GetValue(option);
        bool isGood = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value > 0;
        return text == null || isGood
            ? text
            : throw new SetUpException($"'{text}' is no number from 1 on; {option.Name} takes for example 10000");
    }

    private static string? Vcpus(string? text) =>
        text is null or [>= '1' and <= '8']
            ? text
            : throw new SetUpException($"'{text}' is no number from 1 to 8; --vcpus takes for example 4");

    private RunOptions WithProcessors(RunOptions options)
    {
        string? text = result.GetValue(command.HostCpus);
        bool isNumber = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint count);
        return text == null || (isNumber && count is > 0 and <= MostHostCpus)
            ? options with { HostCpus = text }
            : throw new SetUpException($"'{text}' is no number from 1 to 64; --host-cpus takes for example 4");
    }

    private static string? Expect(string? text) =>
        text == null || ExpectedEnd.TryParse(Encoding.UTF8.GetBytes(text), out _, out _)
            ? text
            : throw new SetUpException($"'{text}' is no end of a guest; --expect takes for example exit=0 or reset");

    private static TimeSpan? Timeout(string? text)
    {
        if (text == null)
        {
            return null;
        }

        bool isNumber =
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds);
        return isNumber && seconds is > 0 and <= MostSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new SetUpException($"'{text}' is not a time; --timeout takes seconds, for example 60");
    }

    private static string? Size(string? text) =>
        text == null || (text.Split('x') is [string width, string height]
            && ushort.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out ushort columns)
            && ushort.TryParse(height, NumberStyles.None, CultureInfo.InvariantCulture, out ushort rows)
            && columns != 0 && rows != 0)
            ? text
            : throw new SetUpException($"'{text}' is no size; --screen takes for example 1920x1080");

    private static ulong? Entry(string? text)
    {
        if (text == null)
        {
            return null;
        }

        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ulong.TryParse(
            isHex ? text[2..] : text,
            isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture,
            out ulong address)
            ? address
            : throw new SetUpException($"'{text}' is not an address; --entry takes for example 0x200000");
    }

    // A setting has the last word.
    private bool StartsAgain(KeyValuePair<string, string>[] settings) =>
        settings.LastOrDefault(pair => pair.Key == "reboot").Value is string text
            ? text is "on" or "yes"
            : result.GetValue(command.Reboot);

    private static KeyValuePair<string, string> Setting(string text)
    {
        int equals = text.IndexOf('=');
        return equals > 0 && OneLine("--set", text) != null
            ? new(text[..equals].Trim(), text[(equals + 1)..].Trim())
            : throw new SetUpException($"'{text}' is not a setting; --set takes KEY=VALUE");
    }

    // A line break would begin another line of the configuration file.
    private static string? OneLine(string option, string? text) =>
        text == null || !text.AsSpan().ContainsAny('\n', '\r')
            ? text
            : throw new SetUpException($"{option} takes one line of text; leave out the line break");
}
