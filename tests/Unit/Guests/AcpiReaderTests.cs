extern alias guests;

using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO;
using System.Text;
using MinusOne.Tests.Unit.Runner;
using Xunit;

namespace MinusOne.Tests.Unit.Guests;

// The ACPI tables before a reader that others wrote, ACPICA's iasl: it finds nothing to complain about, and what it has
// read makes the same bytes again.
public sealed class AcpiReaderTests
{
    private static readonly byte[] s_bytes = [.. guests::MinusOne.Guests.Bios.AcpiTables.Bytes];

    [Theory]
    [InlineData("RSDT")]
    [InlineData("XSDT")]
    [InlineData("FACP")]
    [InlineData("APIC")]
    [InlineData("HPET")]
    [InlineData("MCFG")]
    [InlineData("SPCR")]
    [InlineData("FACS")]
    [InlineData("DSDT")]
    public void AForeignReaderMakesTheSameBytesOfWhatItReads(string signature)
    {
        byte[] table = Table(signature);
        using var files = new HostFiles();
        string file = files.Write("table.dat", table);
        Assert.DoesNotMatch("(?i)warning|error|incorrect|invalid", Run("-d", file));
        string text = Path.ChangeExtension(file, ".dsl");
        Assert.DoesNotMatch("(?i)warning|error|incorrect|invalid", File.ReadAllText(text));
        string compiled = Run(text);
        if (compiled.Contains("Field name \"Precise Baud rate\" needed"))
        {
            // Newer ones read a table of an older revision, and cannot write what they have read.
            return;
        }

        Assert.Contains("0 Errors, 0 Warnings, 0 Remarks", compiled);
        Assert.Equal(Content(table), Content(File.ReadAllBytes(Path.ChangeExtension(file, ".aml"))));
    }

    // The compiler's own name and revision, and so the checksum, differ.
    private static byte[] Content(byte[] table)
    {
        if (Encoding.ASCII.GetString(table, 0, 4) != "FACS")
        {
            table = [.. table];
            table[9] = 0;
            table.AsSpan(28, 8).Clear();
        }

        return table;
    }

    private static byte[] Table(string signature)
    {
        int at = s_bytes.AsSpan(36).IndexOf(Encoding.ASCII.GetBytes(signature));
        Assert.True(at >= 0, "there is none");
        return s_bytes.AsSpan(36 + at, BinaryPrimitives.ReadInt32LittleEndian(s_bytes.AsSpan(36 + at + 4))).ToArray();
    }

    private static string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("iasl", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start);
        string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 || output.Contains("Precise Baud rate"), output);
        return output;
    }
}
