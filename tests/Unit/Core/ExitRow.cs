// One scripted exit of a 64-bit guest, and what must come of it.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;

namespace MinusOne.Tests.Unit.Core;

internal sealed record ExitRow(string What, GuestExit Exit, ExitEffect Effect)
{
    public ExitRow(GuestExit exit, ExitEffect effect)
        : this("", exit, effect)
    {
    }

    // Bit 31 says that an entry failed.
    public ExitReason Reason => (ExitReason)((uint)Exit.Reason & 0xFFFF);

    public Action<DeviceGuest> Before { get; init; } = _ => { };

    public Action<DeviceGuest> After { get; init; } = _ => { };

    public override string ToString() => What.Length == 0 ? $"{Reason}" : $"{Reason}: {What}";
}
