// COM1: the guest's console. Its bytes go to stdout as they come, nothing added; stdin goes to it once the program has
// the port for itself, and no faster than the machine takes it. Until then firmware reads the port too, and would
// swallow the beginning.

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Terminals;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class ConsolePort(Outputs outputs, string recordFile, bool hasEscapes)
{
    // Small on purpose: input that was read ahead is lost when the machine ends.
    private const int InputBuffer = 1024;

    // So much of what came, firmware and all, is kept for a look afterwards.
    private const long MostRecorded = 1 << 20;

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MarkerFilter _filter = new(outputs.WriteConsole);

    // The machine is alive: something came, if only from the firmware.
    public bool HasReceived { get; private set; }

    // The firmware has started the program.
    public bool HasStarted { get; private set; }

    // The program gave the port back, or the machine ended.
    public Task Closed => _closed.Task;

    // Ends when the machine does.
    public async Task Run(PortListener listener)
    {
        if (await listener.Accept() is { } socket)
        {
            using (socket)
            {
                await Pump(socket);
            }
        }

        _filter.Finish();
        _closed.TrySetResult();
    }

    private async Task Pump(Socket socket)
    {
        socket.SendBufferSize = InputBuffer;
        using FileStream record = File.Create(recordFile);
        byte[] buffer = new byte[16 * 1024];
        bool isSending = false;
        int length;
        while ((length = await SocketReading.Read(socket, buffer)) > 0)
        {
            HasReceived = true;
            Record(record, buffer.AsSpan(0, length));
            _filter.Write(buffer.AsSpan(0, length));
            HasStarted |= _filter.IsOpen;
            if (_filter.TakesInput && !isSending)
            {
                isSending = true;
                new Thread(() => SendInput(socket)) { IsBackground = true, Name = "input" }.Start();
            }

            if (_filter.WasClosed)
            {
                _closed.TrySetResult();
            }
        }
    }

    private static void Record(FileStream record, ReadOnlySpan<byte> bytes)
    {
        if (record.Length < MostRecorded)
        {
            record.Write(bytes);
            record.Flush();
        }
    }

    // A thread of its own, because a read from a terminal or a pipe cannot be taken back. The end of the input ends
    // nothing: the connection stays, a guest does not know an end of file.
    private void SendInput(Socket socket)
    {
        Span<byte> buffer = stackalloc byte[InputBuffer];
        Span<byte> doubled = stackalloc byte[2 * InputBuffer];
        try
        {
            int length;
            while ((length = Descriptor.Input.Read(buffer)) > 0)
            {
                Span<byte> bytes = hasEscapes
                    ? buffer[..length]
                    : doubled[..EscapeDoubler.Double(buffer[..length], doubled)];
                while (!bytes.IsEmpty)
                {
                    bytes = bytes[socket.Send(bytes)..];
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The machine is gone.
        }
    }
}
