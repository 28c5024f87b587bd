// The floors of hv/: a room uses the rooms before it in the list and none behind. The uses are read from the compiled
// types.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace MinusOne.Tests.Unit.Style;

public sealed partial class RoomTests
{
    private const string House = "MinusOne.Hv";
    private const int MostFiles = 25;
    private const int Splinter = 20;

    private const int MostSplinters = 8;
    private const int MostCoreLines = 9_500;

    private static readonly string[] s_order =
    [
        "X86", "Seam", "Memory", "Processor", "Vmx", "Svm", "Vendor", "Audit", "Devices", "Exits", "Loading", "Guests",
        "Turns", "Crew", "Report", "Trace", "Snapshot", "Console", "Lessons", "Debug", "Hypervisor",
    ];

    private static readonly string[] s_core = ["Memory", "Processor", "Vmx", "Exits", "Guests", "Turns"];

    private static readonly (string Name, string[] Lines)[] s_sources =
    [
        .. Directory.EnumerateFiles(Repository.File("hv"), "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(Repository.File("hv"), file), File.ReadAllLines(file))),
    ];

    [Fact]
    public void NoArrowPointsUpwards() => Assert.Empty(Arrows(typeof(Vm).Assembly.GetTypes()));

    [Fact]
    public void EveryRoomHasItsPlace() => Assert.Empty(s_sources
        .Select(source => source.Name.Split('/')).Where(parts => parts.Length > 1)
        .Select(parts => parts[0]).Distinct().Except(s_order));

    [Fact]
    public void OnlyTheBackendSpeaksVmcs() => Assert.Empty(s_sources
        .Where(source => source.Name.Split('/')[0] is not ("Vmx" or "Audit" or "Seam"))
        .SelectMany(source => VmcsWords(source.Lines).Select(word => $"{source.Name}: {word}")));

    // And of the other make: neither its fields nor its exit codes.
    [Fact]
    public void OnlyTheBackendSpeaksVmcb() => Assert.Empty(s_sources
        .Where(source => source.Name.Split('/')[0] is not ("Svm" or "Vendor" or "Seam")
            && source.Name != "X86/GuestRegisters.cs")
        .SelectMany(source => VmcbWords(source.Lines).Select(word => $"{source.Name}: {word}")));

    // A field is called by its name, never by its number.
    [Fact]
    public void NobodyWritesEncodingsAsNumbers() => Assert.Empty(s_sources
        .Where(source => !source.Name.StartsWith("Vmx/Fields/", StringComparison.Ordinal))
        .SelectMany(source => Encodings(source.Lines).Select(number => $"{source.Name}: {number}")));

    [Fact]
    public void NoFolderIsTooFull() => Assert.Empty(s_sources
        .GroupBy(source => Path.GetDirectoryName(source.Name))
        .Where(folder => folder.Count() > MostFiles)
        .Select(folder => $"{folder.Key}: {folder.Count()} files"));

    [Fact]
    public void FewFilesAreSplinters() => Assert.InRange(
        100 * s_sources.Count(source => source.Lines.Length < Splinter), 0, MostSplinters * s_sources.Length);

    // What must be trusted can be read in an evening: tests/count.sh prints the same.
    [Fact]
    public void TheCoreStaysSmall() => Assert.InRange(
        s_sources.Where(source => s_core.Contains(source.Name.Split('/')[0]))
            .Where(source => !source.Name.StartsWith("Exits/Emulate/", StringComparison.Ordinal))
            .Sum(source => source.Lines.Length), 1, MostCoreLines);

    [Theory]
    [InlineData("ulong a = Vmcs64.EptPointer;", 1)]
    [InlineData("Cpu.VmRead(field, &b); Cpu.VmWrite(field, b);", 2)]
    [InlineData("int c = 1; // the Vmcs", 0)]
    public void VmcsWordsAreSeen(string line, int words) => Assert.Equal(words, VmcsWords([line]).Count());

    [Theory]
    [InlineData("Vmcb* vmcb = VmcbSetup.Of(vcpu); vmcb->Rip = 0;", 3)]
    [InlineData("case ExitCode.Cpuid: return ExitReason.Cpuid;", 1)]
    [InlineData("int code = exitCode.Value; // the Vmcb", 0)]
    public void VmcbWordsAreSeen(string line, int words) => Assert.Equal(words, VmcbWords([line]).Count());

    [Theory]
    [InlineData("VmxCpu.VmRead(0x681E);", 1)]
    [InlineData("VmxCpu.VmWrite(0x4016, 0x4016); Vmcs.Read((Vmcs32)0x440C);", 2)]
    [InlineData("const uint a = 26654; VmxCpu.TryVmRead(26654, &value);", 1)]
    [InlineData("Vmcs.Read(Vmcs32.PinControls); // VmRead(0x4000)", 0)]
    public void EncodingsAreSeen(string line, int numbers) => Assert.Equal(numbers, Encodings([line]).Count());

    [Theory]
    [InlineData("Memory", "X86", false)]
    [InlineData("Memory", "Memory", false)]
    [InlineData("Memory", "Vmx", true)]
    [InlineData("Lessons", "Hypervisor", true)]
    public void UpwardsIsBehindInTheList(string from, string to, bool upwards) =>
        Assert.Equal(upwards, IsUpwards(from, to));

    // The other half of Cpu, VmxCpu and Host is the processor model here, so only their signatures count.
    private static IEnumerable<string> Arrows(IEnumerable<Type> types) => types
        .Where(type => RoomOf(type) is not null)
        .SelectMany(type => TypeUses.Of(type, Outermost(type).Name is not ("Cpu" or "VmxCpu" or "SvmCpu" or "Host"))
            .Select(RoomOf).Where(room => room is not null && IsUpwards(RoomOf(type), room))
            .Select(room => $"{RoomOf(type)}/{Outermost(type).Name.Split('`')[0]} -> {room}"))
        .Distinct().Order(StringComparer.Ordinal);

    private static bool IsUpwards(string from, string to) =>
        Array.IndexOf(s_order, to) > Array.IndexOf(s_order, from);

    private static string RoomOf(Type type)
    {
        string space = Outermost(type).Namespace ?? "";
        return space == House ? "Hypervisor"
            : space.StartsWith(House + ".", StringComparison.Ordinal) ? space.Split('.')[2] : null;
    }

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is Type outer)
        {
            type = outer;
        }

        return type;
    }

    private static IEnumerable<string> VmcsWords(IEnumerable<string> lines) => lines
        .SelectMany(line => VmcsWord().Matches(line.Split("//")[0])).Select(match => match.Value);

    private static IEnumerable<string> VmcbWords(IEnumerable<string> lines) => lines
        .SelectMany(line => VmcbWord().Matches(line.Split("//")[0])).Select(match => match.Value);

    private static IEnumerable<string> Encodings(IEnumerable<string> lines) => lines
        .SelectMany(line => Encoding().Matches(line.Split("//")[0])).Select(match => match.Value);

    // A number where a field is read, written or cast to.
    [GeneratedRegex(@"\b(VmRead|VmWrite|TryVmRead)\(\d\w*|\(Vmcs\w*\)\d\w*")]
    private static partial Regex Encoding();

    [GeneratedRegex(@"\bVmcs\w*|\bVm(Read|Write)\w*")]
    private static partial Regex VmcsWord();

    [GeneratedRegex(@"\bVmcb\w*|\bvmcb->|\bExitCode\.")]
    private static partial Regex VmcbWord();
}
