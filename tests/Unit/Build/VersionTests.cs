// The version that .build/Version.proj reads: of a whole history, of a clone without it, of sources that are no clone.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Build;

[Trait("Speed", "Slow")]
public sealed class VersionTests : IDisposable
{
    private const string Read =
        "dotnet build .build/Version.proj -restore --nologo >said 2>&1 || { cat said; exit 1; }; cat out/version\n";

    private const string TwoCommits =
        """
        export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
        git init -qb main
        echo out >.gitignore
        git add .
        git commit -qm 1
        git commit -q --allow-empty -m 2
        git rev-parse --short=10 HEAD

        """;

    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void CommitsAreCounted() => Assert.Equal("0.1.2+", Answer(TwoCommits + Read));

    [Fact]
    public void CloneWithoutHistorySaysSo() =>
        Assert.Equal(
            "0.1.0-shallow+",
            Answer(TwoCommits + "git clone -q --depth 1 file://$PWD shallow && cd shallow\n" + Read));

    [Fact]
    public void SourcesWithoutCloneSaySo() => Assert.Equal("0.1.0+nogit\n", _shell.Run(Read));

    // A repository around the sources is not theirs.
    [Fact]
    public void RepositoryAroundDoesNotCount() =>
        Assert.Equal(
            "0.1.0+nogit",
            _shell.Run(TwoCommits + "mkdir inner && cp -r .build version.json inner && cd inner\n" + Read)
                .Split('\n')[1]);

    // Without the commit with which it must end.
    private string Answer(string script)
    {
        string[] lines = _shell.Run(script).Split('\n');
        Assert.EndsWith(lines[0], lines[1]);
        return lines[1][..^lines[0].Length];
    }
}
