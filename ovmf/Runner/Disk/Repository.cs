// The files that the build has made for a run. The user's own paths begin in the folder from which build.sh was called,
// which is ours too.

using System;
using System.IO;

namespace MinusOne.Ovmf.Runner.Disk;

internal static class Repository
{
    // The runner is in out/bin/Runner.
    private static readonly string s_root =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));

    public static string File(params ReadOnlySpan<string> path) => Path.Combine([s_root, .. path]);
}
