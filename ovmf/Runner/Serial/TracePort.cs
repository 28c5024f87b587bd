// COM4: the exits of a guest, which go to a file as they come. A file that takes no more ends the trace and not the
// run: what comes then is read and dropped, for the machine must not wait for it.

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Terminals;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class TracePort(Outputs outputs, string file)
{
    private Stream? _target;

    // Ends when the machine does.
    public async Task Run(PortListener listener)
    {
        Try(() => _target = File.Create(file));
        if (await listener.Accept() is { } socket)
        {
            using (socket)
            {
                byte[] buffer = new byte[64 * 1024];
                int length;
                while ((length = await SocketReading.Read(socket, buffer)) > 0)
                {
                    Try(() => _target?.Write(buffer.AsSpan(0, length)));
                }
            }
        }

        Try(() => _target?.Dispose());
    }

    // Another file of the system's may be special: what it says is told once.
    internal void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            outputs.WriteMessage($"the trace ends here: {error.Message.TrimEnd('.')}; the guest goes on");
            Stream? target = _target;
            _target = null;
            Abandon(target);
        }
    }

    // What has not been written is tried again when it is closed.
    private static void Abandon(Stream? target)
    {
        try
        {
            target?.Dispose();
        }
        catch (IOException)
        {
        }
    }
}
