// What CPUID hides, by bit; and which values XCR0 takes, all of them.

using Xunit;

namespace MinusOne.Tests.Unit.ExitRules;

public sealed class CpuidFilterTests
{
    // Leaf, register (0 EAX .. 3 EDX), bit.
    [Theory]
    [InlineData(1u, 2, 5)]
    [InlineData(1u, 2, 6)]
    [InlineData(1u, 2, 3)]
    [InlineData(1u, 2, 15)]
    [InlineData(1u, 2, 21)]
    [InlineData(1u, 2, 24)]
    [InlineData(1u, 2, 27)]
    [InlineData(1u, 3, 28)]
    [InlineData(7u, 1, 2)]
    [InlineData(7u, 1, 4)]
    [InlineData(7u, 1, 14)]
    [InlineData(7u, 1, 25)]
    [InlineData(7u, 2, 3)]
    [InlineData(7u, 2, 5)]
    [InlineData(7u, 2, 7)]
    [InlineData(7u, 2, 16)]
    [InlineData(7u, 3, 20)]
    [InlineData(7u, 3, 24)]
    [InlineData(7u, 3, 26)]
    [InlineData(7u, 3, 29)]
    public void Hides(uint leaf, int register, int bit) => Assert.Equal(0u, (Masked(leaf, register) >> bit) & 1);

    [Theory]
    [InlineData(1u, 2, 26)]
    [InlineData(1u, 2, 28)]
    [InlineData(1u, 3, 4)]
    [InlineData(1u, 3, 5)]
    [InlineData(1u, 3, 6)]
    [InlineData(1u, 3, 9)]
    [InlineData(1u, 3, 25)]
    [InlineData(7u, 1, 5)]
    [InlineData(7u, 1, 10)]
    [InlineData(7u, 1, 11)]
    [InlineData(0x8000_0001u, 3, 11)]
    [InlineData(0x8000_0001u, 3, 20)]
    [InlineData(0x8000_0001u, 3, 29)]
    public void Keeps(uint leaf, int register, int bit) => Assert.Equal(1u, (Masked(leaf, register) >> bit) & 1);

    [Theory]
    [InlineData(0x17u, 0x16u)]
    [InlineData(0x8000_0009u, 0x16u)]
    [InlineData(uint.MaxValue, 0x16u)]
    [InlineData(0x4000_0005u, 0x4000_0005u)]
    [InlineData(0x8000_0008u, 0x8000_0008u)]
    public void LeavesBeyondTheLastAnswerAsTheLast(uint leaf, uint expected) =>
        Assert.Equal(expected, CpuidFilter.Effective(leaf, hasHypervisor: true, isAmd: false));

    [Theory]
    [InlineData(0x17u, true, true, uint.MaxValue)]
    [InlineData(0x4000_0000u, true, true, 0x4000_0000u)]
    [InlineData(0x4000_0000u, false, true, uint.MaxValue)]
    [InlineData(0x4000_0000u, false, false, 0x16u)]
    [InlineData(0x4FFF_FFFFu, false, false, 0x16u)]
    [InlineData(0x8000_0001u, false, true, 0x8000_0001u)]
    public void NobodyIsNotThere(uint leaf, bool hasHypervisor, bool isAmd, uint expected) =>
        Assert.Equal(expected, CpuidFilter.Effective(leaf, hasHypervisor, isAmd));

    [Theory]
    [InlineData(5u)]
    [InlineData(0xAu)]
    [InlineData(0x12u)]
    [InlineData(0x14u)]
    [InlineData(0x4000_0002u)]
    public void LeavesOfWhatIsNotGivenAreEmpty(uint leaf)
    {
        for (int register = 0; register < 4; register++)
        {
            Assert.Equal(0u, Masked(leaf, register));
        }
    }

    [Fact]
    public void EveryValueOfXcr0UpTo1024()
    {
        for (uint value = 0; value < 1024; value++)
        {
            bool avx512 = (value & 0xE0) != 0;
            bool expected = (value & 1) != 0 && (value & ~0xE7u) == 0 && ((value & 4) == 0 || (value & 2) != 0)
                && (!avx512 || (value & 0xE6) == 0xE6);
            Assert.True(XsaveRules.IsAllowed((XsaveStates)value, CpuidFilter.States) == expected, $"XCR0 = {value:X}");
        }

        Assert.False(XsaveRules.IsAllowed((XsaveStates)7, (XsaveStates)3));
    }

    private static uint Masked(uint leaf, int register)
    {
        var result = new CpuidResult { Eax = ~0u, Ebx = ~0u, Ecx = ~0u, Edx = ~0u };
        CpuidFilter.Mask(leaf, ref result);
        return register switch { 0 => result.Eax, 1 => result.Ebx, 2 => result.Ecx, _ => result.Edx };
    }
}
