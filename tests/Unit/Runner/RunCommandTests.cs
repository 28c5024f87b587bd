// From words to options: guests by name or id, every error one line with a way out.

extern alias runner;

using System.Linq;
using MinusOne.Tests.Loading;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Disk;
using runner::MinusOne.Ovmf.Runner.Guests;
using runner::MinusOne.Ovmf.Runner.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class RunCommandTests
{
    private static readonly Catalogue s_catalogue = Catalogue.Parse(
        ["# comment", "", "hello\tD1\tsays hello\toff", "count\tD2\tcounts\tend"]);

    [Fact]
    public void TakesTheDefaultGuest() => Assert.Equal(["kernel"], Parse().Guests);

    [Fact]
    public void FindsGuestsByNameAndId() => Assert.Equal(["hello", "count", "all"], Parse("HELLO", "d2", "All").Guests);

    // Which is no guest of the image's.
    [Fact]
    public void KnowsNimbOs() => Assert.Equal(["nimbos"], Parse("NimbOS").Guests);

    [Fact]
    public void RunsAFileInsteadOfTheDefaultGuest()
    {
        using var files = new HostFiles();
        string file = files.Write("flat", [0xF4]);
        Assert.Empty(Parse("--kernel", file, "--entry", "0x200000").Guests);
        Assert.Equal(["hello"], Parse("hello", "--bios", file).Guests);
        Assert.Equal(["kernel"], Parse("Kernel", "--bios", file).Guests);
    }

    [Fact]
    public void WritesTheConfiguration()
    {
        RunOptions options = Parse(
            "hello", "count", "--memory", "1048576", "--vcpus", "4", "--timeout", "1.5", "--trace", "--set", "map=pool",
            "--set", "x = y = z");
        Assert.Equal(
            "run = hello count\nmemory = 1M\nvcpus = 4\ntimeout = 2\ntrace = on\nmap = pool\nx = y = z\n",
            ConfigFile.Text(options));
        options = new() { Kernel = "k", Entry = 0x200000, CommandLine = "a=b c" };
        Assert.Equal(
            "kernel = \\minusone\\kernel.bin\nentry = 0x200000\ncmdline = a=b c\n", ConfigFile.Text(options));
        Assert.Equal("run = hello\nhostcpus = 4\n", ConfigFile.Text(Parse("hello", "--host-cpus", "4")));
        Assert.Equal("run = kernel\nreboot = on\n", ConfigFile.Text(Parse("--reboot")));
        Assert.Equal("run = kernel\nexpect = exit=0\n", ConfigFile.Text(Parse("--expect", "exit=0")));
        Assert.Equal("run = hello\nseed = 3\nlastseed = 20\n", ConfigFile.Text(Parse("hello", "--seeds", "3..20")));
        Assert.Equal("cmdline = \"a # b\"\n", ConfigFile.Text(new() { CommandLine = "a # b" }));
    }

    // Alone it is told in the log, also before a guest; with a file, exits are recorded.
    [Fact]
    public void ATraceIsToldOrRecorded()
    {
        using var files = new HostFiles();
        string file = files.Write("t", []);
        Assert.Equal("run = hello\ntrace = on\n", ConfigFile.Text(Parse("--trace", "hello")));
        Assert.Equal("run = hello\nrecord = on\n", ConfigFile.Text(Parse("hello", "--trace", file)));
        Assert.Equal("run = hello\nrecord = io,rip=1-2\n",
            ConfigFile.Text(Parse("--trace", file, "hello", "--trace-filter", "io,rip=1-2")));
    }

    // What stands behind --gdb and is no number is a guest, in its place among the others.
    [Theory]
    [InlineData("run = hello count\ngdb = on\n", 1234, "hello", "--gdb", "count")]
    [InlineData("run = hello count\ngdb = on\n", 1234, "--gdb", "hello", "count")]
    [InlineData("run = hello count\ngdb = on\n", 99, "hello", "--gdb", "99", "count")]
    [InlineData("run = hello\ngdb = wait\n", 1234, "hello", "--gdb", "--gdb-wait")]
    [InlineData("run = hello\ngdb = on\n", 1234, "hello", "--gdb")]
    public void ADebuggersPortMayBeLeftOut(string text, int port, params string[] words)
    {
        RunOptions options = Parse(words);
        Assert.Equal((text, port), (ConfigFile.Text(options), options.DebuggerPort));
    }

    // A kernel that is an ELF file, by its whole path.
    [Fact]
    public void ADebuggerIsToldWhereNamesAre()
    {
        using var files = new HostFiles();
        string flat = files.Write("flat", [0xF4]);
        string elf = files.Write("elf", [0x7F, 0x45, 0x4C, 0x46, 0]);
        string Symbols(params string[] words) => Parse([.. words, "--entry", "0x200000"]).Symbols;
        Assert.Equal(elf, Symbols("--gdb", "--kernel", elf));
        Assert.Null(Symbols("--gdb", "--kernel", flat));
        Assert.Null(Symbols("--kernel", elf));
        Assert.Contains($"symbols = {elf}\n", ConfigFile.Text(new() { Symbols = elf }));
    }

    [Fact]
    public void AProfileHasARateAndItsFiles()
    {
        using var files = new HostFiles();
        string file = files.Write("p", []);
        RunOptions options = Parse("hello", "--profile", file);
        Assert.Equal((file, "run = hello\nprofile = 1000\n"), (options.ProfileFile, ConfigFile.Text(options)));
        options = Parse("--profile", "hello", "--profile-rate", "10000");
        Assert.Equal("run = hello\nprofile = 10000\n", ConfigFile.Text(options));
        Assert.Equal(Unit.Repository.File("out", "profile"), System.IO.Path.GetFullPath(options.ProfileFile));
    }

    // A setting says the same as the option, and has the last word.
    [Theory]
    [InlineData(false)]
    [InlineData(true, "--reboot")]
    [InlineData(true, "--set", "reboot=on")]
    [InlineData(true, "--set", "reboot=off", "--set", "reboot = yes")]
    [InlineData(false, "--reboot", "--set", "reboot=off")]
    public void KnowsWhoStartsAgain(bool startsAgain, params string[] words) =>
        Assert.Equal(startsAgain, Parse(words).StartsAgain);

    [Fact]
    public void NamesFilesAsTheImageSeesThem()
    {
        RunOptions options = new() { Kernel = "/home/me/k", Bios = "b", Initrd = "i" };
        Assert.Equal(
            "kernel = \\minusone\\kernel.bin\nbios = \\minusone\\bios.bin\ninitrd = \\minusone\\initrd.bin\n",
            ConfigFile.Text(options));
    }

    [Fact]
    public void DisksAreFilesWithAMode()
    {
        using var files = new HostFiles();
        string disk = files.Write("disk", new byte[1024]), odd = files.Write("odd", new byte[513]);
        string empty = files.Write("empty", []);
        RunOptions options = Parse("hello", "--disk", disk, "--disk", disk + ":ro", "--disk", disk + ":mem");
        const string Folder = @"\minusone\";
        Assert.Equal(
            $@"run = hello|disk = {Folder}disk0.img:mem {Folder}disk1.img:ro {Folder}disk2.img:mem|".Replace('|', '\n'),
            ConfigFile.Text(options));
        Assert.Equal(3, options.Files.Count());
        foreach ((string text, string reason) in ((string, string)[])
            [("/no/such:ro", "no file '/no/such'"), ("/", "'/' is a directory"),
            (odd, "513 bytes are not a multiple of 512"), (empty, "0 bytes are not a multiple of 512")])
        {
            Assert.Contains(reason, Assert.Throws<SetUpException>(() => Parse("--disk", text)).Message);
        }

        string[] many = [.. Enumerable.Repeat((string[])["--disk", disk], 9).SelectMany(words => words)];
        Assert.Contains("at most 8", Assert.Throws<SetUpException>(() => Parse(many)).Message);
    }

    [Fact]
    public void ModulesAreFilesWithAString()
    {
        using var files = new HostFiles();
        string kernel = files.Write("kernel", MultibootWriter.Flat(0x1000, 0, 0x10_0000, 0, 0, 0x10_0000));
        string module = files.Write("ext2fs", [1]), empty = files.Write("empty", []);
        RunOptions options = Parse("--kernel", kernel, "--module", module, "--module", module + "=a=b #c");
        Assert.Contains(
            "module = |module0.bin:ext2fs\nmodule = \"|module1.bin:ext2fs a=b #c\"\n".Replace("|", @"\minusone\"),
            ConfigFile.Text(options));
        Assert.Equal(3, options.Files.Count());
        foreach ((string text, string reason) in ((string, string)[])
            [("/no/such=a", "no file '/no/such'"), ("/", "'/' is a directory"), (module + "=a\nb", "takes one line"),
            (empty, "one of its modules is empty")])
        {
            Assert.Contains(
                reason, Assert.Throws<SetUpException>(() => Parse("--kernel", kernel, "--module", text)).Message);
        }

        string[] many = [.. Enumerable.Repeat((string[])["--module", module], 9).SelectMany(words => words)];
        Assert.Contains("at most 8", Assert.Throws<SetUpException>(() => Parse(many)).Message);
        Assert.Contains(
            "--module needs a kernel", Assert.Throws<SetUpException>(() => Parse("--module", module)).Message);
    }

    [Theory]
    [InlineData("no such guest 'foo'", "foo")]
    [InlineData("unknown option '--foo'", "--foo")]
    [InlineData("unknown option '-x'", "-x")]
    [InlineData("'--memory'", "--memory")]
    [InlineData("'--memory' expects a single argument", "--memory", "1M", "--memory", "2M")]
    [InlineData("'1h' is not a time", "--timeout", "1h")]
    [InlineData("'9' is no number from 1 to 8", "--vcpus", "9")]
    [InlineData("'65' is no number from 1 to 64", "--host-cpus", "65")]
    [InlineData("'0' is no number from 1 to 64", "--host-cpus", "0")]
    [InlineData("'0' is not a time", "--timeout", "0")]
    [InlineData("'NaN' is not a time", "--timeout", "NaN")]
    [InlineData("no file '/no/such'", "--initrd", "/no/such")]
    [InlineData("'/' is a directory", "--kernel", "/")]
    [InlineData("'exit=' is no end of a guest", "--expect", "exit=")]
    [InlineData("'5..3' are no seeds", "--seeds", "5..3")]
    [InlineData("'0..3' are no seeds", "--seeds", "0..3")]
    [InlineData("'7' are no seeds", "--seeds", "7")]
    [InlineData("'1..2' are no seeds", "--seeds", "1..2", "--seed", "1")]
    [InlineData("'x' is not an address", "--entry", "x")]
    [InlineData("'=x' is not a setting", "--set", "=x")]
    [InlineData("--set takes one line", "--set", "a=b\nrun=c")]
    [InlineData("--cmdline takes one line", "--cmdline", "a\nb")]
    [InlineData("no directory '/no/such'", "--log", "/no/such/log")]
    [InlineData("no directory '/no/such'", "--trace", "/no/such/t")]
    [InlineData("--trace-filter is about a file of exits; add --trace FILE", "--trace", "--trace-filter", "io")]
    [InlineData("'io;msr' names no exits", "--trace", "t", "--trace-filter", "io;msr")]
    [InlineData("no directory '/no/such'", "--profile", "/no/such/p")]
    [InlineData("cannot write '/proc/p.json'", "--profile", "/proc/p")]
    [InlineData("'0' is no rate; --profile-rate takes", "--profile", "p", "--profile-rate", "0")]
    [InlineData("'10001' is no rate; --profile-rate takes", "--profile", "p", "--profile-rate", "10001")]
    [InlineData("add --profile", "--profile-rate", "10")]
    [InlineData("no file '/no/such'; --names takes", "--profile", "p", "--names", "/no/such")]
    public void RefusesInOneLine(string reason, params string[] words)
    {
        string message = Assert.Throws<SetUpException>(() => Parse(words)).Message;
        Assert.Contains(reason, message);
        Assert.DoesNotContain('\n', message.Replace("a=b\nrun=c", ""));
    }

    [Fact]
    public void ShowsTheListInsteadOfRunning() => Assert.False(new RunCommand().Parse(["--list"], s_catalogue, out _));

    [Fact]
    public void ShowsHelpWhateverElseIsSaid()
    {
        var command = new RunCommand();
        Assert.True(command.IsHelp(["foo", "--memory", "x", "--help"]));
        Assert.Contains("./build.sh run [<GUEST>...]", command.Help());
        Assert.DoesNotContain("--image", command.Help());
        Assert.Contains("230,000 ticks", command.Help());
    }

    [Fact]
    public void ListsOneGuestALine()
    {
        string[] lines = GuestTable.PlainText(s_catalogue.Rows).TrimEnd().Split('\n');
        Assert.Equal(9, lines.Length);
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        Assert.StartsWith("D1  hello       both  says hello", lines[7]);
    }

    private static RunOptions Parse(params string[] words)
    {
        Assert.True(new RunCommand().Parse(words, s_catalogue, out RunOptions options));
        return options;
    }
}
