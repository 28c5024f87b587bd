// A guest with several processors on the software processor, in small steps. The model plays one script, whoever is
// entered.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Scheduling;

internal static unsafe class SmpScript
{
    public const uint Base = 0x1B, Spurious = 0x80F, Command = 0x830;
    public const ulong To1 = 1UL << 32, Fixed = 0x4040, Nmi = 0x4400, Init = 0x4500, StartUp = 0x4612;
    public const ulong Quantum = 200_000;

    private const uint EndOfInterrupt = 0x80B;

    public static CoreMachine Pc(uint count, int frames = 200)
    {
        var machine = new CoreMachine(frames: frames);
        machine.Config->Flags = VmFeatures.Pc;
        machine.Config->ExpectedEnd = GuestEnd.PoweredOff;
        machine.Settings = machine.Settings with { Vcpus = count };
        machine.Guest.Handler = (guest, received) =>
        {
            if (guest.Vmcs != null && (byte)received.Information >= 0x20)
            {
                guest.Wrmsr(EndOfInterrupt, 0);
            }
        };
        return machine;
    }

    public static void Finish(CoreMachine machine)
    {
        Assert.True(machine.Run(), machine.Log);
        machine.Guest.AssertFinished();
        Assert.Contains("every frame has come back", machine.Log);
    }

    // The first one's VMCS; its local APIC is in x2APIC mode.
    public static object Begin(ScriptedGuest guest)
    {
        guest.Wrmsr(Base, 0xFEE0_0D00);
        guest.Wrmsr(Spurious, 0x1FF);
        return guest.Vmcs;
    }

    // The script goes on in the second.
    public static object StartOther(ScriptedGuest guest)
    {
        object first = guest.Vmcs;
        guest.Wrmsr(Command, To1 | StartUp);
        guest.Exit(Exits.Pause());
        Assert.NotSame(first, guest.Vmcs);
        guest.Wrmsr(Base, 0xFEE0_0C00);
        guest.Wrmsr(Spurious, 0x1FF);
        return guest.Vmcs;
    }

    public static void PowerOff(ScriptedGuest guest)
    {
        guest.Registers.Rax = 0x2000;
        guest.Out16(0x604, 0x2000);
    }
}
