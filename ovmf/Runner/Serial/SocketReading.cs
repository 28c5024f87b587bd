// A killed machine resets its connections; for a reader that is the end, like an orderly close.

using System;
using System.Net.Sockets;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Serial;

internal static class SocketReading
{
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(2);

    // Zero at the end. An emulated serial port sends each byte by itself. Waking for every one would take a third of a
    // core from the emulator, so what follows the first within a moment comes along.
    public static async Task<int> Read(Socket socket, Memory<byte> buffer)
    {
        int length = await ReadOnce(socket, buffer);
        if (length == 0 || length == buffer.Length)
        {
            return length;
        }

        await Task.Delay(s_gathering);
        return socket.Available == 0 ? length : length + await ReadOnce(socket, buffer[length..]);
    }

    private static async Task<int> ReadOnce(Socket socket, Memory<byte> buffer)
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
