// A guest whose virtual processors have several of the machine: what the scripts of all of them have in common.

using System;
using System.Threading;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Scheduling;
using Xunit;

namespace MinusOne.Tests.Unit.Crew;

internal static unsafe class SpreadGuest
{
    // What is not told by a message is found at the end of a slice of the timer: in ten seconds.
    public const ulong SlowTicks = 100;

    private const ulong Parked = 0x77;

    // The script of each of its processors.
    public static CrewMachine Machine(
        int processors, Action<ScriptedGuest, int> script, ulong ticks = CrewMachine.TicksPerMillisecond)
    {
        var crew = new CrewMachine(processors, Prepare, ticks);
        crew.Core.Config->Flags = VmFeatures.Pc;
        crew.Core.Config->ExpectedEnd = GuestEnd.PoweredOff;
        crew.Core.Settings = crew.Core.Settings with { Vcpus = (uint)processors };
        Prepare(crew.Core.Guest, 0);
        return crew;

        void Prepare(ScriptedGuest guest, int number)
        {
            guest.Handler = EndOfInterrupt;
            script(guest, number);
        }
    }

    public static string Finish(CrewMachine crew)
    {
        uint failed = crew.Run("test");
        string log = crew.Finish();
        Assert.Null(crew.Failure);
        Assert.True(failed == 0, log);
        Assert.Contains("every frame has come back", log);
        return log;
    }

    public static Vm* Vm(CrewMachine crew) => VmSlots.Of(crew.Core.Machine)->At(0)->Vm;

    // Its local APIC is in x2APIC mode. The first one starts the others.
    public static void Begin(ScriptedGuest guest, int number, int processors)
    {
        guest.Wrmsr(SmpScript.Base, number == 0 ? 0xFEE0_0D00u : 0xFEE0_0C00);
        guest.Wrmsr(SmpScript.Spurious, 0x1FF);
        for (int other = 1; other < processors && number == 0; other++)
        {
            Send(guest, other, SmpScript.StartUp);
        }
    }

    public static void Send(ScriptedGuest guest, int to, ulong message) =>
        guest.Wrmsr(SmpScript.Command, ((ulong)to << 32) | message);

    // It runs meanwhile.
    public static void Await(ScriptedGuest guest, Func<bool> isThere)
    {
        while (!isThere())
        {
            guest.Spin(1);
        }
    }

    // A loop that it comes out of in another life only, or after a start-up message.
    public static void Park(ScriptedGuest guest, Action parked = null)
    {
        guest.Rip = Parked;
        parked?.Invoke();
        Await(guest, () => guest.Rip != Parked);
    }

    // The script may go on in another life.
    public static void PowerOff(ScriptedGuest guest)
    {
        guest.Registers.Rax = 0x2000;
        guest.Registers.Rdx = 0x604;
        guest.Exit(Exits.Io(false, 2, 0x604));
    }

    // The first one ends it.
    public static void EndOrPark(ScriptedGuest guest, int number)
    {
        if (number == 0)
        {
            PowerOff(guest);
        }

        Park(guest);
    }

    private static void EndOfInterrupt(ScriptedGuest guest, GuestEvent received)
    {
        if (received.Type == InterruptionType.ExternalInterrupt)
        {
            guest.Wrmsr(0x80B, 0);
        }
    }
}
