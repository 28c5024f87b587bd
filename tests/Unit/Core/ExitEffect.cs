// What a guest finds after an exit: itself behind the instruction, at it again, in a handler, or nowhere.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

internal sealed record ExitEffect(GuestEnd End, byte? Vector = null, uint Moved = 0)
{
    private const uint HltLength = 1;

    // The instruction was carried out.
    public static ExitEffect Behind(uint length) => new(GuestEnd.Halted, null, length);

    // Nothing was wrong with the guest: it goes on where it was.
    public static ExitEffect Again { get; } = new(GuestEnd.Halted);

    public static ExitEffect Fault(ExceptionVector vector) => new(GuestEnd.Halted, (byte)vector);

    public static ExitEffect Ends(GuestEnd end) => new(end);

    // The script halts after the exit, in the handler if there is one.
    public void Check(DeviceGuest guest, GuestExit exit)
    {
        guest.Script.Handler = (script, _) => script.Hlt();
        Assert.Equal(End, guest.Run(exit));
        if (Vector is byte vector)
        {
            GuestEvent received = Assert.Single(guest.Script.Events);
            Assert.Equal((vector, DeviceGuest.Rip), (received.Vector, received.ReturnRip));
        }
        else
        {
            Assert.Empty(guest.Script.Events);
        }

        bool halts = End == GuestEnd.Halted;
        Assert.Equal(DeviceGuest.Rip + Moved + (halts ? HltLength : 0), guest[VmcsNatural.GuestRip]);
    }
}
