// The seam has no gap: every function that hv/ or efi/ imports is a stub of that name, and every stub is imported by
// somebody.

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using MinusOne.Hv;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed partial class SeamTests
{
    // Reached by an address in the VMCS or the IDT, not by a call.
    private static readonly string[] s_entries = ["Exit", "InterruptCommon"];

    // Made for the image elsewhere: the guests' object.
    private static readonly string[] s_foreign = ["GuestProgramsAddress", "ReadGuestProgramCount"];

    [Fact]
    public void EveryFunctionOfCpuIsAStub()
    {
        const BindingFlags Public = BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly;
        string[] functions = [.. typeof(Cpu).GetMethods(Public).Select(method => method.Name).Distinct()];
        Assert.NotEmpty(functions);
        Assert.Empty(functions.Except(StubCode.Names));
        Assert.Empty(Declarations("hv", "Cpu.cs").Except(functions));
    }

    [Fact]
    public void EveryImportIsAStubAndEveryStubIsImported()
    {
        string[] imports = [.. Directory.EnumerateFiles(Repository.File("efi"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Imports().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))];
        Assert.Equal(imports.Length, imports.Distinct().Count());
        Assert.Equal(StubCode.Names.Except(s_entries).Order(), imports.Except(s_foreign).Order());
    }

    // An import named after another function would link, and do something else.
    [Fact]
    public void EveryImportHasTheNameOfItsFunction()
    {
        string text = File.ReadAllText(Repository.File("efi", "Cpu.cs"));
        string[] imports = [.. Imports().Matches(text).Select(match => match.Groups[1].Value)];
        Assert.Equal(Declarations("efi", "Cpu.cs"), imports);
    }

    private static IEnumerable<string> Declarations(params string[] file) =>
        Functions().Matches(File.ReadAllText(Repository.File(file))).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"RuntimeImport\(""\*"", ""(\w+)""\)")]
    private static partial Regex Imports();

    [GeneratedRegex(@"public static (?:extern )?partial \S+ (\w+)\(")]
    private static partial Regex Functions();
}
