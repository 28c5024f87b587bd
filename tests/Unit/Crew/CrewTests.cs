// Guests on several processors at the same time, in threads that really run beside one another.

using System.Linq;
using System.Threading;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Crew;

public unsafe class CrewTests
{
    private const int Lives = 50;
    private const int Rounds = 20;

    [System.ThreadStatic]
    private static int[] s_steps;

    [System.ThreadStatic]
    private static int s_holds;

    // Each has its own, again and again, and every frame comes back: RunReport counts them.
    [Fact]
    public void GuestsHaveProcessorsOfTheirOwn()
    {
        using var crew = new CrewMachine(4, (guest, _) => Script(guest));
        Script(crew.Core.Guest);
        crew.Core.Config->Repeats = Lives - 1;
        uint failed = crew.Run("one", "two", "three", "four");
        string log = crew.Finish();
        Assert.Null(crew.Failure);
        Assert.Equal(0u, failed);
        foreach (string name in new[] { "one", "two", "three", "four" })
        {
            Assert.Equal(Lives, log.Split($"minusone: guest name={name} end=halt expected=yes").Length - 1);
        }

        static void Script(ScriptedGuest guest)
        {
            for (int i = 0; i < Lives; i++)
            {
                guest.Then(guest => guest.Spin(1_000)).Then(Exits.Hlt());
            }
        }
    }

    // More guests than processors: those of one take turns there.
    [Fact]
    public void GuestsOfOneProcessorTakeTurns()
    {
        using var crew = new CrewMachine(2, (guest, _) => guest.Then(Exits.Hlt()).Then(Exits.Hlt()));
        crew.Core.Guest.Then(Exits.Hlt()).Then(Exits.Hlt()).Then(Exits.Hlt());
        Assert.Equal(0u, crew.Run("one", "two", "three", "four", "five"));
        Assert.Equal(5, crew.Finish().Split("end=halt expected=yes").Length - 1);
        Assert.Null(crew.Failure);
    }

    // A request at one processor's console ends the guests of all.
    [Fact]
    public void TheRunEndsOnAllProcessors()
    {
        using var crew = new CrewMachine(3, (guest, _) => guest.Then(Work));
        crew.Core.Guest.Then(Work);
        Devices.SerialPortTests.Type("\u0001x");
        Assert.Equal(0u, crew.Run("one", "two", "three"));
        string log = crew.Finish();
        Assert.Null(crew.Failure);
        Assert.All(["one", "two", "three"], name => Assert.Contains($"name={name} end=stopped", log));

        static void Work(ScriptedGuest guest)
        {
            while (true)
            {
                guest.Spin(10_000);
                guest.Cpuid(0);
            }
        }
    }

    // While one holds all, no other does anything; and then they go on.
    [Fact]
    public void OneHoldsAllOthers()
    {
        s_holds = 0;
        s_steps = new int[3];
        int[] steps = s_steps;
        bool isOver = false;
        using var crew = new CrewMachine(3, (guest, number) => guest.Then(guest =>
        {
            while (!Volatile.Read(ref isOver))
            {
                guest.Spin(1);
                guest.Cpuid(0);
                Volatile.Write(ref steps[number], steps[number] + 1);
            }

            guest.Exit(Exits.Hlt());
        }), SpreadGuest.SlowTicks);
        crew.Core.Machine->Hooks.Asked = &Hold;
        crew.Core.Guest.Then(guest =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                int[] before = [.. steps];
                SpinWait.SpinUntil(() => steps[1] > before[1] && steps[2] > before[2], 10_000);
                crew.Core.Machine->At(0)->IsAsked = true;
                guest.Exit(Exits.Invd());
            }

            Volatile.Write(ref isOver, true);
            guest.Exit(Exits.Hlt());
        });
        Assert.Equal((0u, Rounds), (crew.Run("one", "two", "three"), s_holds));
        crew.Finish();
        Assert.Null(crew.Failure);
    }

    // What the monitor does, without anybody at the console.
    private static void Hold(Vm* vm, Vcpu* vcpu, ulong now)
    {
        HostProcessor* own = vm->Processor;
        own->IsAsked = false;
        Standstill.Begin(own);
        int[] before = [.. s_steps];
        Vm* other = VmSlots.Of(vm->Machine)->At(2)->Vm;
        bool isOurs = other->Processor == own && VcpuSwitch.To(other->First) && VcpuSwitch.To(vcpu);
        Thread.Sleep(2);
        bool areStill = before.SequenceEqual(s_steps);
        int sent = Cpu.Soft.Messages.Count;
        Standstill.End(own);

        // Each waits for one, to go on.
        s_holds += isOurs && areStill && Cpu.Soft.Messages.Count == sent + 2 ? 1 : 0;
    }

    // A processor that cannot do it has no guest.
    [Fact]
    public void WhoeverCannotIsLeftOut()
    {
        using var crew = new CrewMachine(2, (_, _) => Cpu.Soft.Msrs[(uint)Msr.FeatureControl] = 1);
        crew.Core.Guest.Then(Exits.Hlt()).Then(Exits.Hlt());
        Assert.Equal(0u, crew.Run("one", "two"));
        Assert.Contains("processor 1 is left out: virtualisation cannot be turned on there", crew.Finish());
    }
}
