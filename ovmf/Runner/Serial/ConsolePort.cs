// COM1: the guest's console. Its bytes go to stdout as they come, nothing added; stdin goes to it once the program has
// the port for itself, and no faster than the machine takes it. Until then firmware reads the port too, and would
// swallow the beginning.

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Linux;
using MinusOne.Ovmf.Runner.Terminals;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class ConsolePort
{
    // Small on purpose: input that was read ahead is lost when the machine ends.
    private const int InputBuffer = 1024;

    // So much of what came, firmware and all, is kept for a look afterwards.
    private const long MostRecorded = 1 << 20;

    private static readonly TimeSpan s_panicTime = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MarkerFilter _filter;
    private readonly string _recordFile;
    private readonly bool _hasEscapes;
    private readonly PanicWatch? _panic;
    private long _received;

    // With a watch for what Linux says when it gives up.
    public ConsolePort(Outputs outputs, string recordFile, bool hasEscapes, PanicWatch? panic)
    {
        _recordFile = recordFile;
        _hasEscapes = hasEscapes;
        _panic = panic;
        _filter = new MarkerFilter(bytes =>
        {
            outputs.WriteConsole(bytes);
            panic?.Write(bytes);
        });
    }

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
        using FileStream record = File.Create(_recordFile);
        byte[] buffer = new byte[16 * 1024];
        bool isSending = false;
        bool isEnding = false;
        int length;
        while ((length = await SocketReading.Read(socket, buffer)) > 0)
        {
            HasReceived = true;
            Record(record, buffer.AsSpan(0, length));
            _filter.Write(buffer.AsSpan(0, length));
            HasStarted |= _filter.IsOpen;
            _received += length;
            if (_panic is { IsOver: true } && !isEnding)
            {
                isEnding = true;
                _ = EndAfterPanic(socket);
            }

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

    // A kernel that was not told to reset waits for ever, and one whose reset starts it again would go on: the
    // hypervisor is asked to end it, as by a person.
    private async Task EndAfterPanic(Socket socket)
    {
        long received = _received;
        await Task.Delay(s_panicTime);
        if (received == _received || _panic!.StartsAgain)
        {
            Send(socket, "\x01x"u8);
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
        int length = 1;
        while (length > 0 && (length = Descriptor.Input.Read(buffer)) > 0)
        {
            Span<byte> bytes = _hasEscapes
                ? buffer[..length]
                : doubled[..EscapeDoubler.Double(buffer[..length], doubled)];
            length = Send(socket, bytes) ? length : 0;
        }
    }

    // False: the machine is gone.
    private static bool Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[socket.Send(bytes)..];
            }

            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
