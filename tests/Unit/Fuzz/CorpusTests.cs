// What fuzzing begins with, and what it has once found: every input of tests/Fuzz/corpus on its target.

using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Fuzz;

public sealed class CorpusTests
{
    private static readonly string s_corpus = Repository.File("tests", "Fuzz", "corpus");

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void EveryInputKeepsTheRules(string target)
    {
        string[] files = Directory.GetFiles(Path.Combine(s_corpus, target));
        Assert.NotEmpty(files);
        Assert.All(files, file => FuzzTargets.All[target](File.ReadAllBytes(file)));
    }

    // The inputs of one byte and none, too.
    [Theory]
    [MemberData(nameof(Targets))]
    public void NothingIsAnInput(string target) =>
        Assert.All(
            Enumerable.Range(0, 257).Select(first => first == 256 ? [] : new[] { (byte)first }),
            FuzzTargets.All[target]);

    [Fact]
    public void EveryCorpusHasATarget() => Assert.Equal(
        FuzzTargets.All.Keys.Order(), Directory.GetDirectories(s_corpus).Select(Path.GetFileName).Order());

    // As few bytes as a range needs, in their order; behind the end the least.
    [Fact]
    public void AnInputIsDrawnFrom()
    {
        var random = new InputRandom([5, 0x34, 0x12, 0xFF, 1]);
        Assert.Equal(
            [5, 0x1234, 55, 9], [random.Next(256), random.Next(0x1_0000), random.Next(200), random.Next(9, 10)]);
        Assert.False(random.IsOver);
        Assert.Equal([1, 0, 7], [random.Next(), random.Next(100), random.Next(7, 90)]);
        Assert.True(random.IsOver);
    }
}
