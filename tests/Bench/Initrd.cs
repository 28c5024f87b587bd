// The archive that Linux unpacks as its first file system: cpio, "new ASCII" format
// (Documentation/driver-api/early-userspace/buffer-format.rst).

using System.IO;
using System.Text;

namespace MinusOne.Tests.Bench;

internal sealed class Initrd
{
    private const int Folder = 0x41ED;
    private const int Program = 0x81ED;
    private const int Alignment = 4;

    private readonly MemoryStream _stream = new();
    private int _entries;

    public Initrd() => Add("dev", Folder, []);

    public void Add(string name, byte[] content) => Add(name, Program, content);

    public byte[] Finish()
    {
        Add("TRAILER!!!", 0, []);
        return _stream.ToArray();
    }

    private void Add(string name, int mode, byte[] content)
    {
        // Magic, inode, mode, owner, group, links, time, size, four device numbers, length of the name, checksum.
        int[] fields = [++_entries, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0];
        var header = new StringBuilder("070701");
        foreach (int field in fields)
        {
            header.Append(field.ToString("X8"));
        }

        _stream.Write(Encoding.ASCII.GetBytes(header + name + "\0"));
        Pad();
        _stream.Write(content);
        Pad();
    }

    private void Pad()
    {
        while (_stream.Length % Alignment != 0)
        {
            _stream.WriteByte(0);
        }
    }
}
