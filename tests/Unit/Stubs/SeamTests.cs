// The seam has no gap: every function that hv/ or efi/ imports is a stub of that name, and every stub is imported by
// somebody.

extern alias stubs;

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using stubs::MinusOne.Efi.Stubs;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed partial class SeamTests
{
    // Reached by an address in the VMCS, the IDT or the page that another processor begins at, not by a call; the last
    // is the guest kernel's.
    private static readonly string[] s_entries = ["Exit", "InterruptEntries", "InterruptCommon",
        "ContinueOnArrival", "Out16"];

    // Made for the image elsewhere: the guests.
    private static readonly string[] s_foreign = [GuestSymbols.CatalogueAddress];

    // A function without a stub has a body in efi/, or nothing would link.
    [Fact]
    public void EveryFunctionOfTheSeamIsAStubOrHasABody()
    {
        string[] declared =
            [.. SeamSources().SelectMany(text => Functions().Matches(text)).Select(NameOf)];
        string[] implemented = [.. EfiSources().SelectMany(text => Functions().Matches(text)).Select(NameOf)];
        string[] bodies = [.. EfiSources().SelectMany(text => Bodies().Matches(text)).Select(NameOf)];
        Assert.NotEmpty(declared);
        Assert.Empty(declared.Except(implemented));
        Assert.Empty(declared.Except(bodies).Except(StubCode.Names));
    }

    [Fact]
    public void EveryImportIsAStubAndEveryStubIsImported()
    {
        string[] imports = [.. EfiSources().SelectMany(text => Imports().Matches(text)).Select(NameOf)];
        Assert.Equal(imports.Length, imports.Distinct().Count());
        Assert.Equal(StubCode.Names.Except(s_entries).Order(), imports.Except(s_foreign).Order());
    }

    // An import named after another function would link, and do something else.
    [Fact]
    public void EveryImportHasTheNameOfItsFunction()
    {
        foreach (string text in EfiSources())
        {
            Assert.All(
                ImportedFunctions().Matches(text), match => Assert.Equal(match.Groups[1].Value, match.Groups[2].Value));
        }
    }

    private static IEnumerable<string> SeamSources() =>
        new[] { Repository.File("hv", "Seam", "Cpu.cs"), Repository.File("hv", "Vmx", "VmxCpu.cs") }
            .Select(File.ReadAllText);

    private static IEnumerable<string> EfiSources() =>
        Directory.EnumerateFiles(Repository.File("efi"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);

    private static string NameOf(Match match) => match.Groups[1].Value;

    [GeneratedRegex(@"RuntimeImport\(""\*"", ""(\w+)""\)")]
    private static partial Regex Imports();

    [GeneratedRegex(@"RuntimeImport\(""\*"", ""(\w+)""\)]\s+public static extern partial \S+ (\w+)\(")]
    private static partial Regex ImportedFunctions();

    [GeneratedRegex(@"public static (?:extern )?partial \S+ (\w+)\(")]
    private static partial Regex Functions();

    [GeneratedRegex(@"public static partial \S+ (\w+)\(")]
    private static partial Regex Bodies();
}
