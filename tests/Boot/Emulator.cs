// Which Bochs is installed: what a processor of its can do, and so a few lines of a transcript, differ between
// versions.

using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MinusOne.Tests.Boot;

internal static partial class Emulator
{
    // The transcripts and budgets know these: Debian 12 has the first, Debian 13 the second.
    public const int Older = 2;
    public const int Newer = 3;

    public static int Bochs { get; } = Major(Package("bochs"));

    // An unknown one is taken for the older, and one still newer for the newest known.
    public static int Major(string version) =>
        MajorNumber().Match(version) is { Success: true } match && int.Parse(match.Value) >= Newer ? Newer : Older;

    private static string Package(string name)
    {
        var start = new ProcessStartInfo("dpkg-query", ["-W", "-f", "${Version}", name])
        {
            RedirectStandardOutput = true,
        };
        using Process query = Process.Start(start)!;
        string version = query.StandardOutput.ReadToEnd();
        query.WaitForExit();
        return version;
    }

    // 2.7+dfsg-3, 1:3.0-1
    [GeneratedRegex(@"(?<=^(\d+:)?)\d+(?=\.)")]
    private static partial Regex MajorNumber();
}
