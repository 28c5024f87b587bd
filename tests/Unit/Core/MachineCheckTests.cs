// Machine checks of the host that come while a guest runs, by what the banks say of them; and the guest's own bit for
// them, which changes nothing.

using System;
using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using Exits = MinusOne.Tests.Model.Exits;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class MachineCheckTests
{
    private const uint Cap = 0x179, Status = 0x17A, Bank0 = 0x401;
    private const ulong RestartValid = 1, InProgress = 4;
    private const ulong Valid = 1ul << 63, Uncorrected = 1ul << 61, HasDetail = 1ul << 59, HasAddress = 1ul << 58,
        Corrupt = 1ul << 57;

    [Theory]
    [InlineData(RestartValid, Valid, true, "corrected")]
    [InlineData(RestartValid, Valid | HasAddress | HasDetail, true, "corrected, address BAD, detail 86")]
    [InlineData(RestartValid, 0ul, true, null)]
    [InlineData(RestartValid, Valid | Uncorrected, false, "not corrected")]
    [InlineData(RestartValid, Valid | Corrupt, false, "corrected, the processor's state is lost")]
    [InlineData(0ul, Valid, false, "corrected")]
    [InlineData(0ul, 0ul, false, null)]
    public void TheBanksSayWhetherTheGuestGoesOn(ulong global, ulong bank, bool goesOn, string words)
    {
        using DeviceGuest guest = Having(3, global, bank);
        GuestEnd end = guest.Run(Exits.Exception((byte)ExceptionVector.MachineCheck));
        Assert.Equal(goesOn ? GuestEnd.Halted : GuestEnd.MachineCheck, end);
        Assert.Empty(guest.Script.Events);
        string[] lines = DeviceGuest.Log.Split('\n');
        Assert.Contains("a machine check of the host came while the guest ran", lines);
        string expected = $"  machine-check bank 2: status {bank:X16}, {words}";
        Assert.Equal(words == null ? [] : [expected], lines.Where(line => line.Contains("bank ")));
        Assert.Equal((0ul, 0ul), (Cpu.Soft.Msrs[Bank0 + 8], Cpu.Soft.Msrs[Status]));
    }

    // Nobody knows what a bank that cannot be read would say.
    [Fact]
    public void BanksThatAreMissingSayNothingGood()
    {
        using DeviceGuest guest = Having(3, RestartValid, 0);
        Cpu.Soft.Msrs[Cap] = 0xFF;
        Assert.Equal(GuestEnd.MachineCheck, guest.Run(Exits.Exception((byte)ExceptionVector.MachineCheck)));
    }

    // It cannot say that the error has been mended.
    [Fact]
    public void AProcessorWithoutBanksCannotGoOn()
    {
        using DeviceGuest guest = Having(3, RestartValid, 0);
        CpuidResult basic = Cpu.Cpuid(1);
        basic.Edx &= ~(1u << 14);
        Cpu.Soft.CpuidLeaves[(1, 0)] = basic;
        Assert.Equal(GuestEnd.MachineCheck, guest.Run(Exits.Exception((byte)ExceptionVector.MachineCheck)));
    }

    [Fact]
    public void EveryGuestHasThemExitAndReadsItsOwnBit()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            const ulong Bit = (ulong)Cr4.MachineCheckEnable;
            Assert.True(Intercepts.Exception(guest.Vmcs, (byte)ExceptionVector.MachineCheck, null));
            foreach (ulong value in (ulong[])[0, Bit, 0])
            {
                guest.MovToCr4(value);
                Assert.Equal(value, guest.MovFromCr4());
                Assert.Equal(Bit, Cpu.Soft.Cr4 & Bit);
            }

            guest.Cpuid(1);
            Assert.Equal(0x4080ul, guest.Registers.Rdx & 0x4080);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
    }

    private static DeviceGuest Having(uint banks, ulong global, ulong bank)
    {
        DeviceGuest guest = DeviceGuest.Of("long");
        var msrs = Cpu.Soft.Msrs;
        (msrs[Cap], msrs[Status]) = (banks, global | InProgress);
        for (uint i = 0; i < banks; i++)
        {
            msrs[Bank0 + (4 * i)] = i == 2 ? bank : 0;
            (msrs[Bank0 + (4 * i) + 1], msrs[Bank0 + (4 * i) + 2]) = (0xBAD, 0x86);
        }

        return guest;
    }
}
