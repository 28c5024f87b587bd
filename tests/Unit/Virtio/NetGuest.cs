// A guest with a card in a network: queue 0 receives, queue 1 sends.

using System;

namespace MinusOne.Tests.Unit.Virtio;

internal sealed unsafe class NetGuest(Lan* lan, int number, byte network = 1)
    : VirtioGuest(default, queues: 2, Size, NetState.For(lan, network, (uint)number))
{
    public const ushort Size = 16;
    public const int Header = 12;
    public const ulong Frame = 0x8000;

    public byte[] Address => [.. BitConverter.GetBytes(Own(0, 8))[..6]];

    // A buffer for what may come.
    public void Receive(ulong at, uint bytes, bool isWritten = true) => OfferOne(0, at, bytes, isWritten ? 2 : 0);

    // What was written into the chain that came back at this place.
    public byte[] Content(int place)
    {
        byte[] entry = Read(VirtioGuest.Used + 4 + (8 * (ulong)place), 8);
        ulong at = BitConverter.ToUInt64(Read(Descriptors + (16ul * entry[0]), 8));
        return Read(at, BitConverter.ToInt32(entry, 4));
    }

    public void Send(byte[] frame)
    {
        Write(Frame, [.. new byte[Header], .. frame]);
        OfferOne(1, Frame, (uint)(Header + frame.Length), 0);
    }
}
