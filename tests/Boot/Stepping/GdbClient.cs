// GDB's remote protocol, as far as steps need it, without gdb: a packet goes out, and its answer is waited for.

using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace MinusOne.Tests.Boot.Stepping;

internal sealed class GdbClient : IDisposable
{
    private const int WordDigits = 16;

    private const int Patience = 500;

    private readonly TcpClient _client;
    private readonly byte[] _buffer = new byte[4096];
    private readonly NetworkStream _stream;
    private int _length;
    private int _at;

    private GdbClient(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
    }

    // What is said while firmware still runs is lost: it is said until somebody answers.
    public static async Task<GdbClient> Connect(int port, Task run)
    {
        var line = new TcpClient { NoDelay = true };
        await line.ConnectAsync(IPAddress.Loopback, port);
        var client = new GdbClient(line);
        while (!client._stream.DataAvailable && !run.IsCompleted)
        {
            await client.Say("QStartNoAckMode");
            await Task.Delay(Patience);
        }

        // It may have been said several times, and is answered each time.
        await client.Say("qqemu.PhyMemMode");
        while (await client.Receive() != "0")
        {
        }

        return client;
    }

    public void Dispose() => _client.Dispose();

    public async Task Say(string packet)
    {
        byte sum = (byte)packet.Sum(letter => letter);
        await _stream.WriteAsync(Encoding.ASCII.GetBytes($"${packet}#{sum:x2}"));
    }

    public async Task<string> Send(string packet)
    {
        await Say(packet);
        return await Receive();
    }

    // What the monitor says to a line of it: pieces of text, until it has been obeyed.
    public async Task<string> Monitor(string line)
    {
        await Say($"qRcmd,{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(line))}");
        var text = new StringBuilder();
        for (string answer = await Receive(); answer != "OK"; answer = await Receive())
        {
            text.Append(Encoding.ASCII.GetString(Convert.FromHexString(answer[1..])));
        }

        return text.ToString();
    }

    private async Task<string> Receive()
    {
        while (await Next() != '$')
        {
        }

        var answer = new StringBuilder();
        for (char letter = await Next(); letter != '#'; letter = await Next())
        {
            answer.Append(letter);
        }

        await Next();
        await Next();
        return answer.ToString();
    }

    // The sixteen general registers by their numbers in machine code, and RIP.
    public async Task<(ulong[] Registers, ulong Rip)> Registers()
    {
        string all = await Send("g");
        ulong[] told = [.. Enumerable.Range(0, 17).Select(i => Word(all.Substring(i * WordDigits, WordDigits)))];
        return ([told[0], told[2], told[3], told[1], told[7], told[6], told[4], told[5], .. told[8..16]], told[16]);
    }

    public async Task<ulong> Rip() => Word(await Send("p10"));

    private static ulong Word(string digits) =>
        BinaryPrimitives.ReadUInt64LittleEndian(Convert.FromHexString(digits));

    private async Task<char> Next()
    {
        if (_at == _length)
        {
            (_at, _length) = (0, await _stream.ReadAsync(_buffer));
            if (_length == 0)
            {
                throw new EndOfStreamException("the debugger's line has ended");
            }
        }

        return (char)_buffer[_at++];
    }
}
