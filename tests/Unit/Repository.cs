// The places where the tests find what the build has made and what they inspect. They run from out/bin/Unit.

using System;
using System.IO;

namespace MinusOne.Tests.Unit;

internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);
}
