// What a debugger may write to FS_BASE and GS_BASE: nothing that an entry would refuse.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Debug;

public sealed unsafe class SegmentBaseTests
{
    [Theory]
    [InlineData(true, 0x7FFF_FFFF_F000ul, true)]
    [InlineData(true, 0x8000_0000_0000ul, false)]
    [InlineData(false, 0x1000ul, false)]
    public void AnEntryTakesWhatIsWritten(bool isLong, ulong wanted, bool isTaken)
    {
        using var guest = new DeviceGuest(isLong ? GoodVmcs.Long64() : GoodVmcs.Virtual8086());
        var registers = new DebugRegisterFile(guest.Vm->Machine, guest.Vcpu);
        foreach (int register in (int[])[RegisterTable.FsBase, RegisterTable.GsBase])
        {
            ulong before = 0;
            registers.Read(register, new Span<byte>(&before, 8));
            Assert.True(registers.TryWrite(register, BitConverter.GetBytes(before)));
            Assert.Equal(isTaken, registers.TryWrite(register, BitConverter.GetBytes(wanted)));
        }

        Assert.Null(EntryCheck.Of(Cpu.Soft, Cpu.Soft.Vmx.Current, VmxCapabilities.Read(), RegisterLimits.Read()).Text);
    }
}
