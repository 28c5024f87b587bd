// Follows the screen of a Bochs machine through its RFB server, RFC 6143, with what that server has of it: version 3.3,
// no password, raw rectangles of 8-bit pixels, changes of size. It must be connected before the firmware sets a
// graphics mode: without a client that takes changes of size Bochs stays with a buffer too small for the mode.

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Screens;

internal sealed class RemoteScreen
{
    private const int Attempts = 100;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    // Bochs sends changes every 50 ms; twice that without one, and the screen is as it should be.
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private FrameBuffer? _screen;
    private DateTime _lastChange;

    // Null as long as the server has not said anything.
    public Picture? Picture
    {
        get
        {
            lock (_lock)
            {
                return _screen?.ToPicture();
            }
        }
    }

    // Follows the screen of this process until it ends.
    public async Task Watch(int process, CancellationToken end)
    {
        try
        {
            using TcpClient client = await Connect(process, end);
            await using NetworkStream stream = client.GetStream();
            await new RemoteScreenSession(stream, Resize, Draw).Run(end);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            // The machine ended; the last picture stays.
        }
    }

    // Waits until what was drawn last has arrived.
    public async Task Settled()
    {
        DateTime start = DateTime.UtcNow;
        DateTime now = start;
        do
        {
            await Task.Delay(s_pause);
            now = DateTime.UtcNow;
        }
        while (now - start < s_longestWait && (now - start < s_quiet || now - _lastChange < s_quiet));
    }

    private static async Task<TcpClient> Connect(int process, CancellationToken end)
    {
        for (int i = 0; i < Attempts; i++)
        {
            if (ListeningPort.Of(process) is int port)
            {
                var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, end);
                return client;
            }

            await Task.Delay(s_pause, end);
        }

        throw new IOException("the machine has no display server");
    }

    private void Resize(int width, int height)
    {
        lock (_lock)
        {
            _screen = new FrameBuffer(width, height);
            _lastChange = DateTime.UtcNow;
        }
    }

    private void Draw(int left, int top, int columns, byte[] pixels)
    {
        lock (_lock)
        {
            _screen?.Draw(left, top, columns, pixels);
            _lastChange = DateTime.UtcNow;
        }
    }
}
