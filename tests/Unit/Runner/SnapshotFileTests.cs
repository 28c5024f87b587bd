// Snapshots at the runner's side: what comes by the port becomes a file, and a file is looked through before a machine
// starts.

extern alias runner;

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using MinusOne.Tests.Unit.Snapshot;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Options;
using runner::MinusOne.Ovmf.Runner.Serial;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class SnapshotFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");
    private readonly List<string> _said = [];

    private string File => Path.Combine(_folder.FullName, "a.1");

    public void Dispose() => _folder.Delete(recursive: true);

    // In pieces of any length, with something unannounced before it and another one behind it.
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void WhatIsAnnouncedBecomesAFile(int piece)
    {
        byte[] bytes = [.. "noise"u8, .. Announced("a.1", [1, 2, 3, 4, 5]), .. Announced("b", [6])];
        var port = new SnapshotPort(_said.Add, _folder.FullName);
        foreach (byte[] part in bytes.Chunk(piece))
        {
            port.Take(part);
        }

        Assert.Equal([1, 2, 3, 4, 5], System.IO.File.ReadAllBytes(File));
        Assert.Equal(["a.1", "b"], _folder.GetFiles().Select(file => file.Name).Order());
        Assert.Equal([$"the snapshot is in {File}; --load takes it",
            $"the snapshot is in {Path.Combine(_folder.FullName, "b")}; --load takes it"], _said);
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("/etc/x")]
    [InlineData("")]
    public void ANameIsNoPath(string name)
    {
        new SnapshotPort(_said.Add, _folder.FullName).Take(Announced(name, [1]));
        Assert.Empty(_folder.GetFileSystemInfos());
        Assert.Empty(_said);
    }

    // Where nothing can be written the guest goes on, and the next one may find a place.
    [Fact]
    public void WhatCannotBeWrittenIsSaid()
    {
        string folder = Path.Combine(_folder.FullName, "f");
        System.IO.File.WriteAllText(folder, "");
        var port = new SnapshotPort(_said.Add, folder);
        port.Take(Announced("a", [1, 2]));
        Assert.StartsWith("the snapshot a is lost: ", Assert.Single(_said));
        Assert.EndsWith("; the guest goes on", _said[0]);
        System.IO.File.Delete(folder);
        port.Take(Announced("a", [1, 2]));
        Assert.Equal(2, new FileInfo(Path.Combine(folder, "a")).Length);
    }

    [Fact]
    public void AFileSaysWhoseItIs()
    {
        byte[] saved = Saved();
        System.IO.File.WriteAllBytes(File, saved);
        Assert.Equal(new SnapshotFile("test", 0x1_0000, 1), SnapshotFile.Read(File));
    }

    [Theory]
    [InlineData("cut", "its end is missing; save it again, or copy it whole")]
    [InlineData("flipped", "it was changed after it had been made; save it again")]
    [InlineData("longer", "it was changed after it had been made; save it again")]
    [InlineData("version", "another version of MinusOne has made it; load it with that one")]
    [InlineData("empty", "it is no snapshot; one is made by snapshot save in the monitor")]
    public void OneThatIsNotWholeIsRefused(string how, string sentence)
    {
        byte[] saved = Saved();
        System.IO.File.WriteAllBytes(File, how switch
        {
            "cut" => saved[..^5],
            "flipped" => [.. saved[..^30], (byte)~saved[^30], .. saved[^29..]],
            "longer" => [.. saved, 0],
            "version" => [.. saved[..8], 99, .. saved[9..]],
            _ => [],
        });
        var error = Assert.Throws<SetUpException>(() => SnapshotFile.Read(File));
        Assert.Equal($"cannot load '{File}': {sentence}", error.Message);
    }

    private static byte[] Saved()
    {
        byte[] saved = null;
        using var scene = new SnapshotScene();
        scene.Play(machine => saved = machine.Save());
        return saved;
    }

    private static byte[] Announced(string name, byte[] content) =>
    [
        .. SnapshotName.Magic, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name),
        .. BitConverter.GetBytes((ulong)content.Length), .. content,
    ];
}
