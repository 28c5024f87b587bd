// Our core library has nothing that .NET does not have: a reader who knows .NET knows it, and code that compiles for
// the image compiles for the tests.

using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.CoreLib;

public sealed class SurfaceTests
{
    [Fact]
    public void EveryMemberIsOneOfDotNet()
    {
        HashSet<string> real =
            [.. Surface.Read(typeof(object).Assembly.Location).Where(m => m.IsVisible).Select(m => m.Signature)];
        string[] extra = [.. Ours().Where(m => m.IsVisible && !real.Contains(m.Signature)).Select(m => m.Signature)];
        Assert.True(extra.Length == 0, string.Join("\n", extra));
    }

    internal static List<Member> Ours() =>
        Surface.Read(Repository.File("out", "bin", "CoreLibCompiled", "corelib.dll"));
}
