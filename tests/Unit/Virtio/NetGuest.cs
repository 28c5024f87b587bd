// A guest with a card in a network: queue 0 receives, queue 1 sends.

using System;

namespace MinusOne.Tests.Unit.Virtio;

internal sealed unsafe class NetGuest(Lan* lan, int number, byte network = 1)
    : VirtioGuest(default, queues: 2, size: 4, NetState.For(lan, network, (uint)number))
{
    public const int Header = 12;
    public const ulong Frame = 0x8000;

    public byte[] Address => [.. BitConverter.GetBytes(Own(0, 8))[..6]];

    // A buffer for what may come.
    public void Receive(ulong at, uint bytes, bool isWritten = true) => OfferOne(0, at, bytes, isWritten ? 2 : 0);

    public void Send(byte[] frame)
    {
        Write(Frame, [.. new byte[Header], .. frame]);
        OfferOne(1, Frame, (uint)(Header + frame.Length), 0);
    }
}
