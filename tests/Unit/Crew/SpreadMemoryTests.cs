// What is taken from the memory of a guest while others of its processors use it: they forget it before they go on. The
// model forgets nothing by itself, and with this time no timer makes them exit.

using System.Threading;
using MinusOne.Tests.Model;
using Xunit;
using static MinusOne.Tests.Unit.Crew.SpreadGuest;

namespace MinusOne.Tests.Unit.Crew;

public unsafe class SpreadMemoryTests
{
    private const int Count = 3;
    private const int Rounds = 10;

    private static readonly Gpa s_one = new(0x5000), s_two = new(0x6000);

    [Fact]
    public void AllForgetWhatIsTakenAway()
    {
        int[] seen = new int[Count];
        CrewMachine own = null;
        using CrewMachine crew = own = Machine(Count, (guest, number) => guest.Then(guest =>
        {
            if (number == 0)
            {
                guest.Write8(s_one, 1);
                guest.Write8(s_two, 2);
            }

            Begin(guest, number, Count);
            for (int round = 0; round <= Rounds; round++)
            {
                Await(guest, () => guest.Read8(s_one) == 1 + (round % 2));
                Volatile.Write(ref seen[number], round + 1);
                if (number == 0)
                {
                    Await(guest, () => Volatile.Read(ref seen[1]) > round && Volatile.Read(ref seen[2]) > round);
                    Volatile.Write(ref own.Core.Machine->At(0)->IsAsked, round < Rounds);
                    guest.Exit(Exits.Invd());
                }
            }

            EndOrPark(guest, number);
        }), SlowTicks);
        crew.Core.Machine->Hooks.Asked = &Exchange;
        Finish(crew);
    }

    // The two pages, each in the other's place: an even number of times in a guest's life.
    private static void Exchange(Vm* vm, Vcpu* vcpu, ulong now)
    {
        vm->Processor->IsAsked = false;
        var all = new PageAttributes(PageRights.All, MemoryType.WriteBack);
        vm->Memory.TryReach(s_one, PageRights.Read, out byte* one);
        vm->Memory.TryReach(s_two, PageRights.Read, out byte* two);
        Assert.Equal(TableStatus.Done, vm->Memory.Table.Unmap(s_one.Value, 0x2000));
        Assert.Equal(TableStatus.Done, vm->Memory.Table.Map(s_one.Value, 0x1000, new Hpa(two), all));
        Assert.Equal(TableStatus.Done, vm->Memory.Table.Map(s_two.Value, 0x1000, new Hpa(one), all));
    }
}
