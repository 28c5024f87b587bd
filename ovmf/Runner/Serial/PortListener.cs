// A port on the loopback address to which the machine connects one of its serial ports (or its control). We bind it
// before the machine starts, so there is no moment in which another run could take it.

using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class PortListener : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public PortListener()
    {
        _listener.Start(1);
    }

    public string Port => ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

    // The one connection, or null if the listener was closed before it came.
    public async Task<Socket?> Accept()
    {
        try
        {
            Socket socket = await _listener.AcceptSocketAsync();
            _listener.Stop();
            socket.NoDelay = true;
            return socket;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            return null;
        }
    }

    public void Dispose() => _listener.Dispose();
}
