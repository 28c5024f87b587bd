// Files over HTTP 1.1, as much of it as firmware needs that boots from one: HEAD to learn how long a file is, then GET,
// on a connection that stays. RFC 9110, RFC 9112.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace MinusOne.Tests.Boot;

internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, byte[]> _files;
    private readonly ConcurrentQueue<string> _asked = new();

    public FileServer(Dictionary<string, byte[]> files)
    {
        _files = files;
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    // Method and path of each request, in order.
    public IEnumerable<string> Asked => _asked;

    public void Dispose() => _listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                _ = Serve(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task Serve(TcpClient client)
    {
        using TcpClient closing = client;
        NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        try
        {
            while (await reader.ReadLineAsync() is string request)
            {
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                    // What else firmware says of itself.
                }

                await stream.WriteAsync(Answer(request.Split(' ')));
            }
        }
        catch (IOException)
        {
            // Firmware has gone.
        }
    }

    private byte[] Answer(string[] request)
    {
        _asked.Enqueue($"{request[0]} {request[1]}");
        bool isThere = _files.TryGetValue(request[1], out byte[]? content);
        string status = isThere ? "200 OK" : "404 Not Found";
        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {content?.Length ?? 0}\r\n\r\n");
        return request[0] == "GET" ? [.. head, .. content ?? []] : head;
    }
}
