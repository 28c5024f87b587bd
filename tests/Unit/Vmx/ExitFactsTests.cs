// Exit qualifications and instruction information, decoded from raw values: some as a processor reported them, the
// others built bit by bit from the manual's tables. SDM 3C 29.2.1 Basic VM-Exit Information, 29.2.5 Information for
// VM Exits Due to Instruction Execution.

using Xunit;

namespace MinusOne.Tests.Unit.Vmx;

public sealed class ExitFactsTests
{
    [Theory]
    [InlineData(0x03F8_0000u, 1, false, false, false, 0x3F8)]
    [InlineData(0x0064_0048u, 1, true, false, false, 0x64)]
    [InlineData(0xFFFF_003Bu, 4, true, true, true, 0xFFFF)]
    [InlineData(0x8000_0011u, 2, false, true, false, 0x8000)]
    public void Io(uint raw, int size, bool isIn, bool isString, bool repeated, int port)
    {
        var io = new PortAccess(raw);
        Assert.Equal(size, io.Size);
        Assert.Equal(isIn, io.IsIn);
        Assert.Equal(isString, io.IsString);
        Assert.Equal(repeated, io.IsRepeated);
        Assert.Equal(port, io.Port);
    }

    // The first five are what an emulated processor was seen to report.
    [Theory]
    [InlineData(0x181ul, "R--", true, true)]
    [InlineData(0x182ul, "-W-", true, true)]
    [InlineData(0x184ul, "--X", true, true)]
    [InlineData(0x18Aul, "-W-", false, true)]
    [InlineData(0x082ul, "-W-", true, false)]
    [InlineData(0x1FFul, "RWX", false, true)]
    public void EptViolation(ulong raw, string access, bool absent, bool final)
    {
        var violation = new MemoryFault(raw);
        Assert.Equal(access[0] == 'R', violation.IsRead);
        Assert.Equal(access[1] == 'W', violation.IsWrite);
        Assert.Equal(access[2] == 'X', violation.IsFetch);
        Assert.Equal(absent, violation.WasNotPresent);
        Assert.True(violation.LinearAddressValid);
        Assert.Equal(final, violation.IsFinalTranslation);
        Assert.False(violation.NmiUnblockingDueToIret);
        Assert.True(new MemoryFault(raw | (1 << 12)).NmiUnblockingDueToIret);
    }

    [Theory]
    [InlineData(0x0000_0000ul, 0, CrAccessType.MovToCr, 0)]
    [InlineData(0x0000_0F13ul, 3, CrAccessType.MovFromCr, 15)]
    [InlineData(0x0000_0408ul, 8, CrAccessType.MovToCr, 4)]
    [InlineData(0x0000_0020ul, 0, CrAccessType.Clts, 0)]
    [InlineData(0xFFF1_0070ul, 0, CrAccessType.Lmsw, 0)]
    public void CrAccess(ulong raw, int number, object type, int register)
    {
        var access = new ControlRegisterAccess(raw);
        Assert.Equal(number, access.ControlRegister);
        Assert.Equal(type, access.Type);
        Assert.Equal(register, access.Register);
        Assert.Equal(access.Type == CrAccessType.Lmsw ? 0xFFF1 : 0, access.LmswSource);
    }

    [Fact]
    public void Simple()
    {
        var movDr = new DebugRegisterAccess(0xB17);
        Assert.Equal((7, true, 11), (movDr.DebugRegister, movDr.IsRead, movDr.Register));
        var task = new TaskSwitchRequest(0xC000_0028);
        Assert.Equal((0x28, TaskSwitchSource.TaskGate), (task.Selector, task.Source));
    }

    [Fact]
    public void ExitOperand()
    {
        // [r9 + r13*8] with 64-bit addresses through GS; R2 is r14.
        const uint raw = 3 | (2u << 7) | (5u << 15) | (13u << 18) | (9u << 23) | (14u << 28);
        ExitOperand operand = new InvalidationAccess(raw).Operand;
        Assert.Equal((3, 13, 9), (operand.ScaleShift, operand.IndexRegister, operand.BaseRegister));
        Assert.True(operand.HasIndex && operand.HasBase);
        Assert.Equal((AddressSize.Bits64, GuestSegment.Gs), (operand.AddressSize, operand.Segment));
        Assert.Equal(14, new InvalidationAccess(raw).TypeRegister);
        Assert.False(new ExitOperand(1u << 22).HasIndex);
        Assert.False(new ExitOperand(1u << 27).HasBase);
    }

    [Fact]
    public void InstructionInformation()
    {
        var table = new DescriptorTableAccess((1u << 11) | (2u << 28));
        Assert.Equal((true, false, true), (table.Is32Bit, table.IsOfIdtr, table.IsLoad));
        var task = new TaskRegisterAccess((1u << 10) | (6u << 3) | (3u << 28));
        Assert.Equal((true, 6, true, true), (task.IsRegister, task.Register, task.IsOfTr, task.IsLoad));
        Assert.Equal(2, new RegisterDestination(0).Size);
        Assert.Equal(4, new RegisterDestination(1u << 11).Size);
        var rdrand = new RegisterDestination((2u << 11) | (15u << 3));
        Assert.Equal((8, 15), (rdrand.Size, rdrand.Register));
        var ins = new StringAccess((1u << 7) | (3u << 15));
        Assert.Equal((AddressSize.Bits32, GuestSegment.Ds), (ins.AddressSize, ins.Segment));
    }

    [Fact]
    public void ExitReasonHasFlags()
    {
        var failed = new ExitReasonField(0x8000_0021);
        Assert.Equal((ExitReason.EntryFailureGuestState, true), (failed.Basic, failed.EntryFailure));
        var locked = new ExitReasonField(0x7E00_0030);
        Assert.Equal((ExitReason.EptViolation, false), (locked.Basic, locked.EntryFailure));
    }
}
