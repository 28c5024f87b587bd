// COM4, where no trace is on it: snapshots, which become files of out/snapshots. A disk that takes no more loses the
// snapshot and nothing else: what comes then is read and dropped, for the machine must not wait for it.

using System;
using System.Buffers.Binary;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class SnapshotPort(Action<string> tell, string folder)
{
    private const int LengthBytes = sizeof(ulong);

    // No snapshot that can be loaded is longer.
    private const ulong MostBytes = 1UL << 30;

    // What comes before a snapshot, as far as it has come; and the snapshot that is coming, with what is left of it.
    private readonly MemoryStream _head = new();
    private MemoryStream? _content;
    private string _name = "";
    private ulong _left;

    // Ends when the machine does.
    public async Task Run(PortListener listener)
    {
        if (await listener.Accept() is { } socket)
        {
            using (socket)
            {
                byte[] buffer = new byte[64 * 1024];
                int length;
                while ((length = await SocketReading.Read(socket, buffer)) > 0)
                {
                    Take(buffer.AsSpan(0, length));
                }
            }
        }

        if (_left != 0)
        {
            tell($"the snapshot {_name} is lost: the machine ended before the last {_left} bytes");
        }
    }

    internal void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int part = _left == 0 ? 1 : (int)Math.Min((ulong)bytes.Length, _left);
            if (_left == 0)
            {
                _head.WriteByte(bytes[0]);
                Begin(_head.ToArray());
            }
            else
            {
                _content?.Write(bytes[..part]);
                _left -= (uint)part;
                Finish();
            }

            bytes = bytes[part..];
        }
    }

    private void Begin(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> magic = SnapshotName.Magic;
        int known = Math.Min(head.Length, magic.Length);
        if (!head[..known].SequenceEqual(magic[..known]))
        {
            // Whatever it is, nobody has announced it.
            _head.SetLength(0);
            return;
        }

        int nameAt = magic.Length + 1;
        int end = head.Length < nameAt ? int.MaxValue : nameAt + head[magic.Length] + LengthBytes;
        if (head.Length != end)
        {
            return;
        }

        ReadOnlySpan<byte> name = head[nameAt..^LengthBytes];
        _head.SetLength(0);
        if (SnapshotName.IsGood(name))
        {
            _name = Encoding.ASCII.GetString(name);
            _left = BinaryPrimitives.ReadUInt64LittleEndian(head[^LengthBytes..]);
            _content = _left <= MostBytes ? new MemoryStream() : null;
        }
    }

    private void Finish()
    {
        if (_left != 0 || _content == null)
        {
            return;
        }

        string file = Path.Combine(folder, _name);
        try
        {
            Directory.CreateDirectory(folder);
            FinishedFile.Write(file, _content.ToArray());
            tell($"the snapshot is in {file}; --load takes it");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            tell($"the snapshot {_name} is lost: {error.Message.TrimEnd('.')}; the guest goes on");
        }

        _content = null;
    }
}
