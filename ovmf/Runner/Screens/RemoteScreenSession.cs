// One connection to an RFB server: the handshake, one request, then whatever the server sends. RFC 6143, chapter 7;
// Bochs speaks version 3.3, sends changes without being asked again, and in its own pixel format whatever the client
// wants.

using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Screens;

internal sealed class RemoteScreenSession(
    Stream stream, Action<int, int> onSize, Action<int, int, int, byte[]> onRectangle)
{
    private const int VersionLength = 12;
    private const int SecurityLength = 4;
    private const int PixelFormatLength = 16;
    private const int RectangleLength = 12;
    private const uint NoPassword = 1;
    private const int Raw = 0;
    private const int DesktopSize = -223;
    private const byte FramebufferUpdate = 0;

    private CancellationToken _end;

    public async Task Run(CancellationToken end)
    {
        _end = end;
        await ShakeHands();
        await Send([2, 0, 0, 2, 0, 0, 0, Raw, 0xFF, 0xFF, 0xFF, 0x21]);     // SetEncodings: raw, DesktopSize
        await RequestAll();
        while (true)
        {
            if ((await Receive(1))[0] != FramebufferUpdate)
            {
                throw new IOException("the display server sent an unknown message");
            }

            int count = Word(await Receive(3), 1);
            for (int i = 0; i < count; i++)
            {
                await TakeRectangle();
            }
        }
    }

    private async Task ShakeHands()
    {
        byte[] version = await Receive(VersionLength);
        await Send(version);
        uint security = BinaryPrimitives.ReadUInt32BigEndian(await Receive(SecurityLength));
        if (security != NoPassword)
        {
            throw new IOException("the display server wants a password");
        }

        await Send([1]);
        byte[] size = await Receive(4);
        onSize(Word(size, 0), Word(size, 2));
        await Receive(PixelFormatLength);
        await Receive((int)BinaryPrimitives.ReadUInt32BigEndian(await Receive(4)));
    }

    private async Task TakeRectangle()
    {
        byte[] head = await Receive(RectangleLength);
        int columns = Word(head, 4);
        int rows = Word(head, 6);
        int encoding = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8));
        if (encoding == DesktopSize)
        {
            onSize(columns, rows);
            await RequestAll();
        }
        else
        {
            onRectangle(Word(head, 0), Word(head, 2), columns, await Receive(columns * rows));
        }
    }

    // The whole screen; the server does not look at the rectangle.
    private Task RequestAll() => Send([3, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);

    private Task Send(byte[] bytes) => stream.WriteAsync(bytes, _end).AsTask();

    private async Task<byte[]> Receive(int length)
    {
        byte[] bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, _end);
        return bytes;
    }

    private static int Word(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(offset));
}
