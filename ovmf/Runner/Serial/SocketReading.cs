// A killed machine resets its connections; for a reader that is the end, like an orderly close.

using System;
using System.Net.Sockets;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Serial;

internal static class SocketReading
{
    // Zero at the end.
    public static async Task<int> Read(Socket socket, Memory<byte> buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
