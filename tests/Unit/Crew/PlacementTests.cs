// The processors on which guests have their turns.

using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Crew;

public unsafe class PlacementTests
{
    [Theory]
    [InlineData(1, "0 0 0")]
    [InlineData(2, "0 1 0")]
    [InlineData(4, "0 1 2")]
    public void GuestsAreSpread(int processors, string places) => Assert.Equal(places, Place(processors, default, 3));

    // The third of them is put where there is least to do.
    [Fact]
    public void LargeGuestsCountForMore() => Assert.Equal("0 1 0 1 0", Place(2, (config, slot) =>
    {
        config->Flags = VmFeatures.Pc;
        slot->Settings.Vcpus = slot->Number == 1 ? 3u : 1;
    }, 5));

    // A frame is copied by who sends it: both ends are on one processor.
    [Fact]
    public void ANetworkIsOnOneProcessor() => Assert.Equal("0 1 1 0 1", Place(2, (_, slot) =>
        slot->Settings.Files.Devices.Network = slot->Number is 2 or 3 or 5 ? (byte)1 : (byte)0, 5));

    [Fact]
    public void SharesThatAreComparedAreOnOneProcessor() => Assert.Equal("0 0 0", Place(3, (config, slot) =>
        config->Tolerance = 50, 3));

    [Fact]
    public void WhereVirtualizationIsOffNobodyGoes() => Assert.Equal("0 2 0 2", Place(3, default, 4, left: 1));

    [Fact]
    public void GuestsStayOnTheirProcessors() => Assert.Equal("2 3 2 0 1 0", Place(4, (_, slot) =>
        slot->Settings.Processors = slot->Number <= 3 ? 0b1100u : 0, 6));

    // One of them decides for all, on the first that it is allowed.
    [Fact]
    public void ANetworkIsWhereItMayBe() => Assert.Equal("2 0 2 1", Place(4, (_, slot) =>
    {
        slot->Settings.Files.Devices.Network = slot->Number is 1 or 3 ? (byte)1 : (byte)0;
        slot->Settings.Processors = slot->Number == 3 ? 0b1100u : 0;
    }, 4));

    [Fact]
    public void WhoIsAllowedAllIsSpread() => Assert.Equal("0 1 0", Place(2, (_, slot) =>
        slot->Settings.Processors = ulong.MaxValue, 3));

    private delegate void Wish(VmConfig* config, VmSlot* slot);

    private static string Place(int processors, Wish wish, int guests, int left = 0)
    {
        using var machine = new CoreMachine();
        machine.Machine->ProcessorCount = processors;
        for (int i = 0; i < processors; i++)
        {
            machine.Machine->At(i)->IsAble = i == 0 || i != left;
        }

        VmSlots* slots = VmSlots.Of(machine.Machine);
        for (int i = 0; i < guests; i++)
        {
            slots->At(i)->Next = machine.Config;
            slots->At(i)->Number = (uint)i + 1;
            wish?.Invoke(machine.Config, slots->At(i));
        }

        Placement.Place(machine.Machine, guests);
        return string.Join(' ', Enumerable.Range(0, guests).Select(i => slots->At(i)->Home->Number));
    }
}
