// Between the machine's third serial port and a debugger: a port of the loopback address to which one client may come
// at a time. A client that goes without taking leave is spoken for, so that the guests run on without its breakpoints;
// one that takes nothing makes way for the next.

using System;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class DebuggerPort : IDisposable
{
    // Detach, in the protocol's words, and the end of the answer to it.
    private static readonly byte[] s_leave = Encoding.ASCII.GetBytes("$D#44");
    private static readonly byte[] s_left = Encoding.ASCII.GetBytes("OK#9a");
    private static readonly TimeSpan s_leaveTime = TimeSpan.FromSeconds(2);

    // How long a client waits for the one before it to go, and may take nothing of what there is for it.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4), s_stuckTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookTime = TimeSpan.FromMilliseconds(20);

    private readonly TcpListener _listener;

    private Socket? _client;
    private Leaving? _leaving;

    // Since when it has been sent something that it does not take; 0: it has taken all.
    private long _sendingSince;

    public DebuggerPort(int port)
    {
        Port = port.ToString(CultureInfo.InvariantCulture);
        _listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            _listener.Start();
        }
        catch (SocketException)
        {
            throw new SetUpException($"port {Port} is in use; --gdb takes another");
        }
    }

    public string Port { get; }

    // Ends when the machine does.
    public async Task Run(PortListener machinePort)
    {
        if (await machinePort.Accept() is not { } machine)
        {
            return;
        }

        using (machine)
        {
            _ = AcceptClients(machine);
            byte[] buffer = new byte[16 * 1024];
            int length;
            while ((length = await SocketReading.Read(machine, buffer)) > 0)
            {
                _leaving?.Look(buffer.AsSpan(0, length));
                _sendingSince = Stopwatch.GetTimestamp();
                await Send(_client, buffer.AsMemory(0, length));
                _sendingSince = 0;
            }

            _client?.Dispose();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _client?.Dispose();
    }

    private async Task AcceptClients(Socket machine)
    {
        while (await Accept() is { } client)
        {
            if (!await IsFree())
            {
                client.Dispose();
                continue;
            }

            client.NoDelay = true;
            _client = client;
            _ = Serve(client, machine);
        }
    }

    // One that leaves is waited for, one that takes nothing is shown out.
    private async Task<bool> IsFree()
    {
        long came = Stopwatch.GetTimestamp();
        bool isGoing = false;
        while (_client != null || _leaving != null)
        {
            if (_client != null && _sendingSince is not 0 and long since
                && Stopwatch.GetElapsedTime(since) > s_stuckTime)
            {
                ShowOut(_client);
                isGoing = true;
            }

            if (_leaving == null && !isGoing && Stopwatch.GetElapsedTime(came) > s_patience)
            {
                return false;
            }

            await Task.Delay(s_lookTime);
        }

        return true;
    }

    // Both sides, the one that reads and the one that sends, learn that it is over.
    private static void ShowOut(Socket? client)
    {
        try
        {
            client?.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has gone by itself.
        }
    }

    // Null: the run is over.
    private async Task<Socket?> Accept()
    {
        while (true)
        {
            try
            {
                return await _listener.AcceptSocketAsync();
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException)
            {
                // Whoever came has gone already.
            }
        }
    }

    private async Task Serve(Socket client, Socket machine)
    {
        byte[] buffer = new byte[16 * 1024];
        int length;
        while ((length = await SocketReading.Read(client, buffer)) > 0)
        {
            await Send(machine, buffer.AsMemory(0, length));
        }

        _leaving = new Leaving();
        _client = null;
        client.Dispose();
        await Send(machine, s_leave);
        await Task.WhenAny(_leaving.Done, Task.Delay(s_leaveTime));
        _leaving = null;
    }

    private static async Task Send(Socket? socket, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (socket != null && bytes.Length > 0)
            {
                bytes = bytes[await socket.SendAsync(bytes)..];
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has gone; whoever reads from it learns so.
        }
    }

    // Waits for the answer that the guests have been left.
    private sealed class Leaving
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _matched;

        public Task Done => _done.Task;

        public void Look(ReadOnlySpan<byte> bytes)
        {
            foreach (byte value in bytes)
            {
                _matched = value == s_left[_matched] ? _matched + 1 : value == s_left[0] ? 1 : 0;
                if (_matched == s_left.Length)
                {
                    _done.TrySetResult();
                    _matched = 0;
                }
            }
        }
    }
}
