// Pointers and counters of string instructions where the processor of the tests cannot show them: 16- and 32-bit
// modes, wrap, and the points at which a repeat may be left and taken up again.

using Xunit;

namespace MinusOne.Tests.Unit.Decode;

public sealed class StringStepTests
{
    private const Rflags Backward = Rflags.Direction;

    private GuestRegisters _registers;

    [Fact]
    public void SixteenBitPointersWrapAndKeepTheRest()
    {
        DecodedInstruction movsw = Decode(CodeSize.Bits16, 0xF3, 0xA5);
        _registers.Rsi = 0x1234_FFFE;
        _registers.Rdi = 0xABCD_0000;
        _registers.Rcx = 0x7777_0002;
        Assert.False(StringStep.Advance(in movsw, ref _registers, 0));
        Assert.Equal(0x1234_0000UL, _registers.Rsi);
        Assert.Equal(0xABCD_0002UL, _registers.Rdi);
        Assert.Equal(0x7777_0001UL, _registers.Rcx);
        Assert.True(StringStep.Advance(in movsw, ref _registers, Backward));
        Assert.Equal(0x1234_FFFEUL, _registers.Rsi);
        Assert.Equal(0xABCD_0000UL, _registers.Rdi);
        Assert.Equal(0x7777_0000UL, _registers.Rcx);
    }

    [Theory]
    [InlineData(16, 0x1_0000UL, true)]
    [InlineData(32, 0x1_0000UL, false)]
    [InlineData(32, 0x1_0000_0000UL, true)]
    [InlineData(64, 0x1_0000_0000UL, false)]
    public void TheAddressSizeSaysHowWideTheCounterIs(int bits, ulong counter, bool over)
    {
        DecodedInstruction stosb = Decode((CodeSize)(bits / 8), 0xF3, 0xAA);
        _registers.Rcx = counter;
        Assert.Equal(over, StringStep.IsOver(in stosb, ref _registers));
    }

    [Fact]
    public void WithoutRepeatTheCounterIsIgnored()
    {
        DecodedInstruction lodsd = Decode(CodeSize.Bits32, 0xAD);
        _registers.Rdi = 0x55;
        Assert.False(StringStep.IsOver(in lodsd, ref _registers));
        Assert.True(StringStep.Advance(in lodsd, ref _registers, 0));
        Assert.Equal(4UL, _registers.Rsi);
        Assert.Equal(0x55UL, _registers.Rdi);
        Assert.Equal(0UL, _registers.Rcx);
    }

    [Theory]
    [InlineData(0xF3, true, false)]
    [InlineData(0xF3, false, true)]
    [InlineData(0xF2, true, true)]
    [InlineData(0xF2, false, false)]
    public void ComparisonsEndByTheirOutcome(byte prefix, bool equal, bool ends)
    {
        DecodedInstruction scasb = Decode(CodeSize.Bits32, prefix, 0xAE);
        _registers.Rcx = 10;
        Assert.Equal(ends, StringStep.Advance(in scasb, ref _registers, equal ? Rflags.Zero : 0));
        Assert.Equal(9UL, _registers.Rcx);
    }

    [Fact]
    public void AnyOtherInstructionIsCompleteAtOnce()
    {
        DecodedInstruction mov = Decode(CodeSize.Bits64, 0xF3, 0x89, 0x07);
        GuestRegisters before = _registers;
        Assert.False(StringStep.IsOver(in mov, ref _registers));
        Assert.True(StringStep.Advance(in mov, ref _registers, 0));
        Assert.Equal(before, _registers);
    }

    private static DecodedInstruction Decode(CodeSize code, params byte[] bytes)
    {
        DecodedInstruction instruction = InstructionDecoder.Decode(bytes, code);
        Assert.Equal(DecodeStatus.Ok, instruction.Status);
        return instruction;
    }
}
