// The image's core library against the real one: every public member of ours has a case, and ours and theirs give the
// same answers to the same random inputs, refusals included.

using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.CoreLib;

public sealed class CoreLibTests
{
    private static readonly Case[] s_cases =
    [
        .. MathCases.All,
        .. PrimitiveCases.All,
        .. ThreadingCases.All,
        .. SpanCases<byte>.All,
        .. SpanCases<int>.All,
        .. SpanCases<Triple>.All,
        .. ReadOnlySpanCases<byte>.All,
        .. ReadOnlySpanCases<Triple>.All,
        .. MemoryCases.All,
        .. SearchCases<byte>.All(1, 2),
        .. SearchCases<char>.All('a', 'A'),
        .. SearchCases<long>.All(1, 1 + (1L << 32)),
    ];

    public static TheoryData<string> Members => new(s_cases.Select(one => one.Member).Distinct());

    [Theory]
    [MemberData(nameof(Members))]
    public void AnswersAsDotNet(string member)
    {
        const int Seed = 20260;
        foreach (Case one in s_cases.Where(one => one.Member == member))
        {
            one.Run(new Random(Seed));
        }
    }

    [Fact]
    public void EveryMemberHasACase()
    {
        string assembly = Repository.File("out", "bin", "CoreLibUnderTest", "CoreLibUnderTest.dll");
        IEnumerable<string> members = Surface.Read(assembly)
            .Where(member => member.IsVisible && member.Key.EndsWith(')') && member.Type != "System.PanicException")
            .Select(member => member.Key)
            .Distinct();
        Assert.Equal(members.Order(), s_cases.Select(one => one.Member).Distinct().Order());
    }
}
