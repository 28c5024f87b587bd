// An exception arrived in a guest that has no handler for it (ScriptedGuest.Handler), as the answer to what it did.
// ScriptedGuest.Faults expects one.

using System;

namespace MinusOne.Tests.Model;

internal sealed class GuestFaultException : Exception
{
    public GuestFaultException(GuestEvent received)
        : base($"the guest got {received}, which its script does not expect")
    {
        Event = received;
    }

    public GuestEvent Event { get; }
}
