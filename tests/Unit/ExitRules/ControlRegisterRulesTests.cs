// Control-register writes, bit by bit, against the rules as the manual lists them.

using Xunit;

namespace MinusOne.Tests.Unit.ExitRules;

public sealed class ControlRegisterRulesTests
{
    private const ulong Pe = 1, Et = 0x10, Nw = 1ul << 29, Cd = 1ul << 30, Pg = 1ul << 31;

    private static ControlState Real => new() { Cr0 = (Cr0)Et };

    private static ControlState Long => new()
    {
        Cr0 = (Cr0)(Pg | Pe | Et),
        Cr4 = Cr4.PhysicalAddressExtension,
        Efer = (Efer)0x500,
        IsLongCode = true,
    };

    [Fact]
    public void Cr0RefusesHighBitsAndForgetsReservedOnes()
    {
        const ulong Defined = 0xE005_003F;
        for (int bit = 0; bit < 64; bit++)
        {
            ulong written = 1ul << bit;
            bool expected = bit < 32 && written != Nw && written != Pg;
            Assert.True(ControlRegisterRules.TryCr0(Real, written, out Cr0 value) == expected, $"bit {bit}");
            Assert.True(!expected || (ulong)value == ((written & Defined) | Et), $"bit {bit}: {value}");
        }
    }

    [Fact]
    public void EveryCombinationOfModeBitsOfCr0()
    {
        for (int i = 0; i < 16; i++)
        {
            ulong written = ((i & 1) != 0 ? Pe : 0) | ((i & 2) != 0 ? Pg : 0) | ((i & 4) != 0 ? Nw : 0)
                | ((i & 8) != 0 ? Cd : 0);
            bool expected = !((i & 2) != 0 && (i & 1) == 0) && !((i & 4) != 0 && (i & 8) == 0);
            Assert.True(ControlRegisterRules.TryCr0(Real, written, out _) == expected, $"CR0 {written:X}");
        }
    }

    [Fact]
    public void LongModeIsEnteredWithPaeFrom32BitCodeAndTask()
    {
        for (int i = 0; i < 16; i++)
        {
            bool pae = (i & 1) != 0, wide = (i & 2) != 0, task16 = (i & 4) != 0, lme = (i & 8) != 0;
            ControlState state = Real;
            state.Cr4 = pae ? Cr4.PhysicalAddressExtension : 0;
            state.IsLongCode = wide;
            state.IsTask16 = task16;
            state.Efer = lme ? Efer.LongModeEnable : 0;
            bool expected = !lme || (pae && !wide && !task16);
            Assert.True(ControlRegisterRules.TryCr0(state, Pg | Pe, out _) == expected, $"case {i}");
        }
    }

    [Fact]
    public void PagingStaysOnIn64BitModeAndWithPcids()
    {
        ControlState state = Long;
        Assert.False(ControlRegisterRules.TryCr0(state, Pe, out _));
        state.IsLongCode = false;
        Assert.True(ControlRegisterRules.TryCr0(state, Pe, out _));
        state.Cr4 |= Cr4.PcidEnable;
        Assert.False(ControlRegisterRules.TryCr0(state, Pe, out _));
    }

    [Fact]
    public void Cr4RefusesEveryBitThatIsNotSupported()
    {
        // Counters are hidden: bit 8.
        const ulong Supported = 0x3007FF;
        const ulong Taken = Supported & ~0x100ul;
        for (int bit = 0; bit < 64; bit++)
        {
            ulong written = 1ul << bit;
            bool accepted =
                ControlRegisterRules.TryCr4(Real, written, (Cr4)Supported & ~ControlRegisterRules.HiddenCr4, out _);
            Assert.True(accepted == ((Taken & written) != 0), $"bit {bit}");
        }

        Assert.True((ControlRegisterRules.HiddenCr4 & Cr4.VmxEnable) != 0);
    }

    [Fact]
    public void Cr4InLongModeKeepsPaeAndTakesPcidsWithAnEmptyField()
    {
        ControlState state = Long;
        Assert.False(ControlRegisterRules.TryCr4(state, 0, (Cr4)0xFFFFF, out _));
        Assert.True(ControlRegisterRules.TryCr4(state, 0x20020, (Cr4)0xFFFFF, out _));
        state.Cr3 = 1;
        Assert.False(ControlRegisterRules.TryCr4(state, 0x20020, (Cr4)0xFFFFF, out _));
        Assert.False(ControlRegisterRules.TryCr4(Real, 0x20020, (Cr4)0xFFFFF, out _));
    }

    [Fact]
    public void Cr3InLongModeRefusesEachBitBeyondTheAddress()
    {
        for (int bit = 0; bit < 64; bit++)
        {
            Assert.True(ControlRegisterRules.TryCr3(Long, 1ul << bit, 39, out _) == bit < 39, $"bit {bit}");
        }

        ControlState state = Long;
        state.Cr4 |= Cr4.PcidEnable;
        Assert.True(ControlRegisterRules.TryCr3(state, 0x8000_0000_0000_1001, 39, out ulong value));
        Assert.Equal(0x1001ul, value);
    }

    [Fact]
    public void LmswSetsPeAndNeverClearsIt()
    {
        for (uint old = 0; old < 16; old++)
        {
            for (uint source = 0; source < 256; source++)
            {
                ulong expected = Et | (source & 15) | (old & 1);
                Assert.Equal(expected, ControlRegisterRules.AfterLmsw((Cr0)(Et | old), (ushort)source));
            }
        }
    }

    [Fact]
    public void PdptesAreLoadedWhenPaePagingStartsAndNotInLongMode()
    {
        ControlState old = Real, next = Real;
        next.Cr0 |= (Cr0)(Pg | Pe);
        next.Cr4 = old.Cr4 = Cr4.PhysicalAddressExtension;
        Assert.True(ControlRegisterRules.LoadsPdptes(old, next));
        Assert.False(ControlRegisterRules.LoadsPdptes(next, next));
        next.Efer = (Efer)0x500;
        Assert.False(ControlRegisterRules.LoadsPdptes(old, next));
        for (int bit = 0; bit < 64; bit++)
        {
            bool reserved = bit is 1 or 2 or (>= 5 and <= 8) or >= 39;
            Assert.True(ControlRegisterRules.IsPdpteAllowed(1 | (1ul << bit), 39) == !reserved, $"bit {bit}");
        }

        Assert.True(ControlRegisterRules.IsPdpteAllowed(ulong.MaxValue - 1, 39));
    }
}
