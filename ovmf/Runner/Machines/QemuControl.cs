// QEMU's machine protocol, as far as we speak it: one JSON object a line; commands are answered in order, events come
// between. docs/interop/qmp-spec of QEMU.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Tasks;

namespace MinusOne.Ovmf.Runner.Machines;

internal sealed class QemuControl
{
    private readonly ConcurrentQueue<TaskCompletionSource<bool>> _waiting = new();
    private readonly Action<string> _onShutdown;
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    public QemuControl(Socket socket, Action<string> onShutdown)
    {
        var stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(stream);
        _writer = new StreamWriter(stream) { AutoFlush = true };
        _onShutdown = onShutdown;
    }

    public Task Begin()
    {
        _ = ReadAll();
        return Execute("qmp_capabilities", []);
    }

    // Whether QEMU did it; false as well if it is gone.
    public async Task<bool> Execute(string command, Dictionary<string, string> arguments)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(answer);
        try
        {
            var message = new Dictionary<string, object> { ["execute"] = command, ["arguments"] = arguments };
            await _writer.WriteLineAsync(JsonSerializer.Serialize(message));
        }
        catch (IOException)
        {
            answer.TrySetResult(false);
        }

        return await answer.Task;
    }

    private async Task ReadAll()
    {
        try
        {
            while (await _reader.ReadLineAsync() is string line)
            {
                Take(line);
            }
        }
        catch (IOException)
        {
            // QEMU was ended; its process says so.
        }

        while (_waiting.TryDequeue(out TaskCompletionSource<bool>? answer))
        {
            answer.TrySetResult(false);
        }
    }

    private void Take(string line)
    {
        using JsonDocument message = JsonDocument.Parse(line);
        JsonElement root = message.RootElement;
        bool isReturn = root.TryGetProperty("return", out _);
        bool isAnswer = isReturn || root.TryGetProperty("error", out _);
        if (isAnswer && _waiting.TryDequeue(out TaskCompletionSource<bool>? answer))
        {
            answer.TrySetResult(isReturn);
        }
        else if (root.TryGetProperty("event", out JsonElement name) && name.GetString() == "SHUTDOWN")
        {
            _onShutdown(root.GetProperty("data").GetProperty("reason").GetString() ?? "");
        }
    }
}
