// The archive that Linux unpacks as its first file system: cpio, "new ASCII" format
// (Documentation/driver-api/early-userspace/buffer-format.rst).

using System.IO;
using System.Text;

namespace MinusOne.Ovmf.Runner.Disk;

internal sealed class FileArchive
{
    private const int Folder = 0x41ED;
    private const int Program = 0x81ED;
    private const int Link = 0xA1FF;
    private const int Alignment = 4;

    private readonly MemoryStream _stream = new();
    private int _entries;

    public FileArchive() => AddFolder("dev");

    // Its own folder comes before what is in it.
    public void AddFolder(string name) => Add(name, Folder, []);

    public void Add(string name, byte[] content) => Add(name, Program, content);

    public void AddLink(string name, string target) => Add(name, Link, Encoding.ASCII.GetBytes(target));

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
