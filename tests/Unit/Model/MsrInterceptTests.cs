// Which MSR accesses of a guest exit: the four quarters of the bitmap, and what lies beyond it. SDM 3C 26.6.9
// MSR-Bitmap Address.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class MsrInterceptTests
{
    // Four quarters of 1 KiB; outside of the two ranges every access exits.
    [Theory]
    [InlineData(0x10u, false, 0x10u)]
    [InlineData(0x1FFFu, false, 0x1FFFu)]
    [InlineData(0xC000_0080u, false, 8192u + 0x80)]
    [InlineData(0x10u, true, 16384u + 0x10)]
    [InlineData(0xC000_0080u, true, 24704u)]
    [InlineData(0xC000_1FFFu, true, 32767u)]
    public void MsrBitmap(uint msr, bool isWrite, uint bit)
    {
        foreach (bool exits in new[] { true, false })
        {
            var machine = new GuestFixture();
            machine.Processor.Msrs[msr] = 0;
            for (uint other = 0; other < 32768; other++)
            {
                if (other == bit == exits)
                {
                    machine.SetBit(Vmcs64.MsrBitmaps, other);
                }
            }

            machine.Guest.Then(guest => Access(guest, msr, isWrite)).Then(Exits.TripleFault());
            ExitReason reason = isWrite ? ExitReason.Wrmsr : ExitReason.Rdmsr;
            machine.Expect(exits ? reason : ExitReason.TripleFault);
        }
    }

    [Theory]
    [InlineData(0x2000u)]
    [InlineData(0xBFFF_FFFFu)]
    [InlineData(0xC000_2000u)]
    [InlineData(0xFFFF_FFFFu)]
    public void MsrsBeyondTheBitmapExit(uint msr)
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest => guest.Rdmsr(msr));
        machine.Expect(ExitReason.Rdmsr);
    }

    [Fact]
    public void AnUnknownMsrFaultsInTheGuest()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0u, guest.Faults(ExceptionVector.GeneralProtection, () => guest.Rdmsr(0x1234)));
            Assert.Equal(0u, guest.Faults(ExceptionVector.GeneralProtection, () => guest.Wrmsr(0x277, 2)));
            Assert.Equal(2, guest.Events.Count);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x7C04ul, Vmcs.Read(VmcsNatural.GuestRip));
    }

    private static void Access(ScriptedGuest guest, uint msr, bool isWrite)
    {
        if (isWrite)
        {
            guest.Wrmsr(msr, 0);
        }
        else
        {
            guest.Rdmsr(msr);
        }
    }
}
