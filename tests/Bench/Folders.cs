// The places of things. The program runs from out/bin/Bench.

using System;
using System.IO;

namespace MinusOne.Tests.Bench;

internal static class Folders
{
    public static string Repository { get; } = Path
        .GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));

    public static string Source => Path.Combine(Repository, "tests", "Bench");

    public static string Out => Path.Combine(Repository, "out");

    // For what a machine needs while it runs.
    public static string Work => Directory.CreateDirectory(Path.Combine(Out, "bench")).FullName;
}
