// One debugger after another at the port of a run, with a machine that the test plays: whoever comes while the one
// before is leaving is let in, and so is whoever comes to one that has stopped reading.

extern alias runner;

using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using runner::MinusOne.Ovmf.Runner.Serial;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class DebuggerPortTests : IDisposable
{
    // More than lies in the buffers of all sockets between.
    private const int Much = 24 << 20;
    private const int Little = 8 << 10;

    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(60);

    private readonly PortListener _listener = new();
    private readonly DebuggerPort _port;
    private readonly Socket _machine = new(SocketType.Stream, ProtocolType.Tcp);

    public DebuggerPortTests()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        _port = new DebuggerPort(port);
        _ = _port.Run(_listener);
        _machine.Connect(IPAddress.Loopback, int.Parse(_listener.Port));
    }

    public void Dispose()
    {
        _machine.Dispose();
        _port.Dispose();
        _listener.Dispose();
    }

    // The guests are left half a second later, and the next one is there by then.
    [Fact]
    public async Task TheNextOneWaitsForTheLeaveOfTheOneBefore()
    {
        using (Socket first = Come())
        {
            first.Send("$?#3f"u8);
            Assert.Equal("$?#3f", await Heard(_machine, 5));
        }

        using Socket second = Come();
        second.Send("$g#67"u8);
        Assert.Equal("$D#44", await Heard(_machine, 5));
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        _machine.Send("$OK#9a"u8);
        Assert.Equal("$g#67", await Heard(_machine, 5));
        _machine.Send("$E01#a6"u8);
        Assert.Equal("$E01#a6", await Heard(second, 7));
    }

    [Fact]
    public async Task OneThatReadsNoMoreMakesWay()
    {
        using Socket first = Come();
        first.Send("$?#3f"u8);
        Assert.Equal("$?#3f", await Heard(_machine, 5));
        Task sending = _machine.SendAsync(new byte[Much]);
        using Socket second = Come();
        Assert.Equal("$D#44", await Heard(_machine, 5));
        Assert.False(sending.IsCompleted);
        await sending.WaitAsync(s_soon);
        _machine.Send("$OK#9a"u8);
        second.Send("$g#67"u8);
        Assert.Equal("$g#67", await Heard(_machine, 5));
    }

    // And one that does read keeps its place.
    [Fact]
    public async Task ThereIsOneAtATime()
    {
        using Socket first = Come();
        first.Send("$?#3f"u8);
        Assert.Equal("$?#3f", await Heard(_machine, 5));
        using Socket second = Come();
        Assert.Equal(0, await second.ReceiveAsync(new byte[1]).WaitAsync(s_soon));
        _machine.Send("$OK#9a"u8);
        Assert.Equal("$OK#9a", await Heard(first, 6));
    }

    private Socket Come()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = Little };
        socket.Connect(IPAddress.Loopback, int.Parse(_port.Port));
        return socket;
    }

    private static async Task<string> Heard(Socket socket, int bytes)
    {
        var buffer = new byte[bytes];
        int length = 0;
        while (length < bytes)
        {
            int more = await socket.ReceiveAsync(buffer.AsMemory(length)).AsTask().WaitAsync(s_soon);
            Assert.NotEqual(0, more);
            length += more;
        }

        return Encoding.ASCII.GetString(buffer);
    }
}
