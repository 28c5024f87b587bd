// Whole guests under hv/ on every processor that can run them: what a hypervisor that works looks like from here.

using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class HypervisorTests
{
    private static readonly string[] s_refused =
    [
        nameof(Presets.LockedOff), nameof(Presets.NoSecondaryControls), nameof(Presets.NoEpt),
        nameof(Presets.NoUnrestrictedGuest), nameof(Presets.NoMsrBitmaps), nameof(Presets.Amd),
        nameof(Presets.SvmLockedOff), nameof(Presets.NoNestedPaging),
    ];

    public static IEnumerable<object[]> Able =>
        Presets.All.Keys.Except(s_refused).Select(name => new object[] { name });

    // Prints through COM1, touches a page nobody has touched, asks CPUID, halts.
    [Theory]
    [MemberData(nameof(Able))]
    public void AGuestRunsToItsEnd(string preset)
    {
        var machine = new HypervisorMachine(Presets.All[preset]());
        machine.Config.ExpectedEnd = GuestEnd.Halted;
        machine.Processor.Guest.Then(guest =>
        {
            foreach (byte letter in Encoding.ASCII.GetBytes("Hello"))
            {
                guest.Out8(0x3F8, letter);
            }

            guest.Write8(new Gpa(0x5000), 0x5A);
            Assert.Equal(0x5A, guest.Read8(new Gpa(0x5000)));
            guest.Cpuid(1);
            Assert.Equal(0ul, guest.Registers.Rcx & (1u << 5));
            guest.Hlt();
        });
        uint frames = machine.FramesLeft;
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal("Hello", machine.Console.Trim());
        Assert.Equal(frames, machine.FramesLeft);
        machine.Processor.Guest.AssertFinished();
    }
}
