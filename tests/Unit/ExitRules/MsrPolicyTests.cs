// The MSR table: rows do not overlap, what the processor must not give stays closed, and values are judged as the
// manual does.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Svm;
using Xunit;

namespace MinusOne.Tests.Unit.ExitRules;

public sealed class MsrPolicyTests
{
    private const uint FirstOfAmd = 0xC001_0000;

    [Fact]
    public void RowsDoNotOverlapAndAreSorted()
    {
        uint next = 0;
        foreach (ref readonly MsrRule rule in MsrPolicy.Rules)
        {
            Assert.True(rule.First >= next && rule.First <= rule.Last, $"row at {rule.First:X}");
            next = rule.Last + 1;
        }
    }

    [Fact]
    public void EachStoredRegisterHasAPlaceOfItsOwn()
    {
        int next = 0;
        foreach (ref readonly MsrRule rule in MsrPolicy.Rules)
        {
            bool isStored = rule.Read == MsrRead.Stored;
            Assert.Equal(isStored, rule.Write is MsrWrite.Stored or MsrWrite.Range);
            for (uint msr = rule.First; isStored && msr <= rule.Last; msr++)
            {
                Assert.Equal(next++, MsrPolicy.StoreOf(msr));
            }
        }

        Assert.Equal(MsrPolicy.Stores, next);
    }

    [Fact]
    public void OnlyWhatTheGuestOwnsPasses()
    {
        foreach (ref readonly MsrRule rule in MsrPolicy.Rules)
        {
            bool own = rule.Read is MsrRead.Field or MsrRead.Register or MsrRead.TimeStamp;
            Assert.True(rule.Passes == 0 || own, $"row at {rule.First:X} passes, but is not the guest's own");
        }
    }

    // Its row, or none: at both ends of each and beside them. AMD's own are not there on other processors.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryRegisterIsFoundInItsRow(bool isAmd)
    {
        Cpu.Soft = new SoftProcessor { IsAmd = isAmd };
        foreach (ref readonly MsrRule rule in MsrPolicy.Rules)
        {
            foreach (uint msr in new[] { rule.First, rule.Last, rule.First - 1, rule.Last + 1 })
            {
                ref readonly MsrRule found = ref MsrPolicy.Find(msr);
                bool isThere = false;
                foreach (ref readonly MsrRule row in MsrPolicy.Rules)
                {
                    isThere |= row.First <= msr && msr <= row.Last && (isAmd || msr < FirstOfAmd);
                }

                Assert.True(isThere == (found.Last != 0 && found.First <= msr && msr <= found.Last), $"{msr:X}");
            }
        }
    }

    [Theory]
    [InlineData(0x480u)]
    [InlineData(0x491u)]
    [InlineData(0x17Bu)]
    [InlineData(0x400u)]
    [InlineData(0xDA0u)]
    [InlineData(0x345u)]
    [InlineData(0x802u)]
    [InlineData(0xC000_0104u)]
    [InlineData(0x4000_0000u)]
    [InlineData(uint.MaxValue)]
    public void HiddenRegistersFault(uint msr)
    {
        MsrRule rule = MsrPolicy.Find(msr);
        Assert.Equal(MsrRead.Fault, rule.Read);
        Assert.Equal(MsrWrite.Fault, rule.Write);
    }

    // What kernels read unasked on AMD's processors; their VM_CR, load and store and branch registers are not there.
    [Theory]
    [InlineData(0xC001_0010u, 0ul)]
    [InlineData(0xC001_0015u, 0x0100_0000ul)]
    [InlineData(0xC001_001Fu, 0ul)]
    [InlineData(0xC001_0055u, 0ul)]
    [InlineData(0xC001_1029u, 0ul)]
    [InlineData(0xC001_0000u, null)]
    [InlineData(0xC001_0004u, null)]
    [InlineData(0xC001_0114u, null)]
    [InlineData(0xC001_0117u, null)]
    [InlineData(0xC001_0140u, null)]
    [InlineData(0xC001_1020u, null)]
    public void AmdsOwnAreAFew(uint msr, ulong? value)
    {
        using var scene = new SvmScene();
        scene.Play(guest =>
        {
            if (value is ulong there)
            {
                guest.Wrmsr(msr, ulong.MaxValue);
                Assert.Equal(there, guest.Rdmsr(msr));
            }
            else
            {
                guest.Faults(ExceptionVector.GeneralProtection, () => guest.Rdmsr(msr));
                guest.Faults(ExceptionVector.GeneralProtection, () => guest.Wrmsr(msr, 0));
            }
        });
    }

    [Fact]
    public void EferKeepsItsModeActiveAndRefusesEveryUnknownBit()
    {
        const ulong Known = 0xD01;
        for (int bit = 0; bit < 64; bit++)
        {
            ulong written = 1UL << bit;
            bool accepted = MsrValues.TryEfer(0x400, written, isPaging: false, hasExecuteDisable: true, out ulong efer);
            Assert.True(accepted == ((Known & written) != 0), $"bit {bit}");
            Assert.True(!accepted || efer == ((written & ~0x400UL) | 0x400), $"bit {bit}: {efer:X}");
        }

        Assert.False(MsrValues.TryEfer(0x500, 0x400, isPaging: true, hasExecuteDisable: true, out _));
        Assert.True(MsrValues.TryEfer(0x500, 0x501, isPaging: true, hasExecuteDisable: true, out _));
        Assert.False(MsrValues.TryEfer(0, 0x800, isPaging: false, hasExecuteDisable: false, out _));
    }

    [Fact]
    public void EveryPatEntryMustBeAMemoryType()
    {
        for (int type = 0; type < 256; type++)
        {
            for (int position = 0; position < 8; position++)
            {
                ulong value = (ulong)type << (8 * position);
                bool expected = type is 0 or 1 or 4 or 5 or 6 or 7;
                Assert.True(MsrValues.TryAccept(MsrCheck.MemoryTypes, ref value) == expected, $"{type} at {position}");
            }
        }
    }

    [Theory]
    [InlineData(0xFEE0_0900, 0xFEE0_0900, true)]
    [InlineData(0xFEE0_0900, 0xFEE0_0D00, true)]
    [InlineData(0xFEE0_0900, 0xFEE0_0500, false)]
    [InlineData(0xFEE0_0100, 0xFEE0_0D00, false)]
    [InlineData(0xFEE0_0D00, 0xFEE0_0900, false)]
    [InlineData(0xFEE0_0D00, 0xFEE0_0100, true)]
    [InlineData(0xFEE0_0900, 0xFEE0_0901, false)]
    [InlineData(0xFEE0_0900, 0x80_FEE0_0900, false)]
    public void ApicBaseTakesTheTransitionsOfTheManual(ulong old, ulong written, bool expected) =>
        Assert.Equal(expected, MsrValues.IsApicBaseAllowed(old, written, 39, hasX2Apic: true));

    [Fact]
    public void WithoutX2ApicItsModeIsRefused() =>
        Assert.False(MsrValues.IsApicBaseAllowed(0xFEE0_0900, 0xFEE0_0D00, 39, hasX2Apic: false));
}
