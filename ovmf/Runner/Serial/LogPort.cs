// COM2: the hypervisor's log. Lines go to the terminal as they come and to a file of the run; the result line ends the
// run.

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Terminals;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class LogPort(Outputs outputs, string logFile)
{
    private readonly TaskCompletionSource<ResultLine> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LineReader _lines = new();

    public Task<ResultLine> Result => _result.Task;

    // The machine is alive: something came, if only from the firmware.
    public bool HasReceived { get; private set; }

    // Ends when the machine does.
    public async Task Run(PortListener listener)
    {
        using StreamWriter log = File.CreateText(logFile);
        if (await listener.Accept() is not { } socket)
        {
            return;
        }

        using (socket)
        {
            byte[] buffer = new byte[4096];
            int length;
            while ((length = await SocketReading.Read(socket, buffer)) > 0)
            {
                HasReceived = true;
                foreach (string line in _lines.Take(buffer.AsMemory(0, length)))
                {
                    Take(line, log);
                }
            }
        }

        if (_lines.Finish() is string rest)
        {
            Take(rest, log);
        }
    }

    // After the result the port is the firmware's again.
    private void Take(string line, StreamWriter log)
    {
        if (_result.Task.IsCompleted)
        {
            return;
        }

        log.WriteLine(line);
        outputs.WriteLog(line);
        if (ResultLine.Parse(line) is { } result)
        {
            _result.TrySetResult(result);
        }
    }
}
