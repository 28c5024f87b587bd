// The lock and the stamp of .build/state.sh, in a folder that looks like a small repository.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Build;

public sealed class StateTests : IDisposable
{
    private const string Sources =
        """
        export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
        mkdir -p efi hv guests ovmf out
        touch hv/a.cs hv/b.cs build.sh
        echo 1 >out/minusone.img
        git init -q
        git add hv
        git commit -qm 1
        sleep 0.02 # files get the time of the kernel's tick

        """;

    private const string UntilItWaits =
        "for i in {1..1000}; do ! grep -q waiting said || break; sleep 0.01; done";

    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    // What happens while the image is built, and whether it is up to date then.
    [Theory]
    [InlineData(":", true)]
    [InlineData("echo >>hv/a.cs", false)]
    [InlineData("rm hv/b.cs", false)]
    [InlineData("touch guests/c.cs", false)]
    [InlineData("rm out/minusone.img", false)]
    [InlineData("touch out/other", true)]
    [InlineData("git commit -q --allow-empty -m 2", false)]
    public void WhatIsEditedDuringTheBuildCounts(string meanwhile, bool isCurrent)
    {
        string build = $"begin_build ilc; sleep 0.02; {meanwhile}; end_build\n";
        Assert.Equal(isCurrent ? "current\n" : "stale\n", _shell.Run(Sources + build + Question("ilc")));
    }

    [Theory]
    [InlineData("ilc", "current\n")]
    [InlineData("bflat", "stale\n")]
    public void OtherToolchainMakesAnotherImage(string toolchain, string answer) =>
        Assert.Equal(answer, _shell.Run(Sources + "begin_build ilc; end_build\n" + Question(toolchain)));

    // A build that fails leaves nothing that could be taken for its result.
    [Fact]
    public void FailedBuildIsNoBuild() =>
        Assert.Equal(
            "stale\n", _shell.Run(Sources + "begin_build ilc; end_build; begin_build ilc\n" + Question("ilc")));

    [Fact]
    public void SecondBuildWaitsForTheFirst()
    {
        string second = Second("echo second begins");
        Assert.Equal(
            "first begins\nfirst ends\nsecond begins\n",
            _shell.Run($"lock; echo first begins; {second}{UntilItWaits}; echo first ends; unlock; wait\n"));
    }

    // `clean` removes the lock together with everything else.
    [Fact]
    public void LockIsTheOneThatIsThere()
    {
        string second = Second("flock -n out/.lock echo free || echo taken");
        string clean = "rm -r out; mkdir out";
        Assert.Equal("taken\n", _shell.Run($"lock; {second}{UntilItWaits}; {clean}; unlock; wait\n"));
    }

    // A program that a build leaves behind does not keep the lock.
    [Fact]
    public void ServerKeepsNoLock()
    {
        string server = "serve() { setsid -f sleep 5 >said; }\n";
        Assert.Equal("free\n", _shell.Run(server + "lock; serve 9>&-; unlock; flock -n out/.lock echo free\n"));
    }

    private static string Second(string then) => $"bash -c '. .build/state.sh; lock; {then}' 9>&- 2>said & ";

    private static string Question(string toolchain) => $"is_current {toolchain} && echo current || echo stale\n";
}
