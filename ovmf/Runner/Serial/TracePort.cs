// COM4: the exits of a guest and samples of where it is, which go to files as they come. A file that takes no more ends
// the trace and not the run: what comes then is read and dropped, for the machine must not wait for it.

using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Terminals;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class TracePort(Outputs outputs, IReadOnlyList<string> files)
{
    private readonly Stream?[] _targets = new Stream?[files.Count];

    // Ends when the machine does.
    public async Task Run(PortListener listener)
    {
        ForEach(index => _targets[index] = File.Create(files[index]));
        if (await listener.Accept() is { } socket)
        {
            using (socket)
            {
                byte[] buffer = new byte[64 * 1024];
                int length;
                while ((length = await SocketReading.Read(socket, buffer)) > 0)
                {
                    ForEach(index => _targets[index]?.Write(buffer.AsSpan(0, length)));
                }
            }
        }

        ForEach(index => _targets[index]?.Dispose());
    }

    private void ForEach(Action<int> write)
    {
        for (int i = 0; i < files.Count; i++)
        {
            Try(i, write);
        }
    }

    // Another file of the system's may be special: what it says is told once.
    private void Try(int index, Action<int> write)
    {
        try
        {
            write(index);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            outputs.WriteMessage($"the trace ends here: {error.Message.TrimEnd('.')}; the guest goes on");
            Stream? target = _targets[index];
            _targets[index] = null;
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
