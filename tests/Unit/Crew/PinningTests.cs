// What is said of processors that a guest is allowed and that are not there.

using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Crew;

public unsafe class PinningTests
{
    // The processors of two guests, and the one of the four that is not at work.
    [Theory]
    [InlineData(0b1, 9, "1 1111", "")]
    [InlineData(0b1011, 2, "1011 1011", "")]
    [InlineData(0b1110, 2, "1010 1011", "guest 'a': cpus = 1-3, of which are at work: 1,3\n")]
    [InlineData(0b100, 2, "0 1011", "guest 'a' cannot start: cpus = 2, and at work: 0-1,3\n")]
    [InlineData(1UL << 63, 1, "0 1101", "guest 'a' cannot start: cpus = 63, and at work: 0,2-3\n")]
    [InlineData(~0b1111UL, 9, "0 1111", "guest 'a' cannot start: cpus = 4-63, and at work: 0-3\n")]
    public void ThoseAtWorkAreSaid(ulong set, int left, string expected, string told)
    {
        using var machine = new CoreMachine();
        Assert.Equal(expected, Settle(machine, left, network: 0, set, 0));
        Assert.Equal(told, machine.Log);
        VmSlots* slots = VmSlots.Of(machine.Machine);
        bool isRefused = told.Contains("cannot start");
        Assert.Equal((!isRefused, true), (slots->At(0)->IsAsExpected, slots->At(1)->IsAsExpected));
        Assert.Equal((isRefused ? 0u : 1, 1u), (slots->At(0)->Left, slots->At(1)->Left));
    }

    // Guests of a network have one processor, and one that is allowed none of the others' does not start.
    [Theory]
    [InlineData(0b110, 0b10, "10 10", "")]
    [InlineData(0b110, 0, "10 10", "")]
    [InlineData(0, 0, "1111 1111", "")]
    [InlineData(0b110, 0b1001, "10 10", "guest 'b' cannot start: cpus = 0,3, "
        + "and those who have to be on one processor with it are allowed: 1-2\n")]
    public void ANetworkHasOne(ulong first, ulong second, string expected, string told)
    {
        using var machine = new CoreMachine();
        Assert.Equal(expected, Settle(machine, 9, network: 1, first, second));
        Assert.Equal(told, machine.Log);
        Assert.Equal(told.Length == 0, VmSlots.Of(machine.Machine)->At(1)->IsAsExpected);
    }

    // The others run.
    [Fact]
    public void OneThatIsRefusedIsMissed()
    {
        using var crew = new CrewMachine(2, (guest, _) => guest.Then(Exits.Hlt()));
        crew.Core.Settings = crew.Core.Settings with { Processors = 0b100 };
        Assert.Equal(1u, crew.Run("one", "two"));
        string log = crew.Finish();
        Assert.Null(crew.Failure);
        Assert.Contains("guest 'one' cannot start: cpus = 2, and at work: 0-1\n", log);
        Assert.DoesNotContain("end=", log);
    }

    private static string Settle(CoreMachine machine, int left, byte network, params ulong[] sets)
    {
        machine.Machine->ProcessorCount = 4;
        for (int i = 0; i < 4; i++)
        {
            machine.Machine->At(i)->IsAble = i != left;
        }

        VmSlots* slots = VmSlots.Of(machine.Machine);
        for (int i = 0; i < sets.Length; i++)
        {
            slots->At(i)->Name = Encoding.UTF8.GetBytes($"{(char)('a' + i)}");
            slots->At(i)->Next = machine.Config;
            slots->At(i)->Left = 1;
            slots->At(i)->IsAsExpected = true;
            slots->At(i)->Settings.Processors = sets[i];
            slots->At(i)->Settings.Files.Devices.Network = network;
        }

        Pinning.Settle(machine.Machine, sets.Length);
        return string.Join(' ', Enumerable.Range(0, sets.Length).Select(i => $"{slots->At(i)->Settings.Processors:b}"));
    }
}
