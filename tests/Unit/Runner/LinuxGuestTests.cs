// `run linux` and `run debian`: their file system, what the runner makes of the words, and how it knows that a
// kernel has given up.

extern alias runner;

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Linux;
using Xunit;

namespace MinusOne.Tests.Unit.Runner;

public sealed class LinuxGuestTests : IDisposable
{
    private readonly HostFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("linux", "linux")]
    [InlineData("linux", "Linux")]
    [InlineData("debian", "debian")]
    [InlineData(null)]
    [InlineData(null, "hello", "kernel")]
    public void IsRunByItsName(string name, params string[] words) =>
        Assert.Equal(name, LinuxGuest.Among(words)?.Name);

    [Theory]
    [InlineData("linux", "kernel")]
    [InlineData("debian", "linux")]
    public void RunsAlone(params string[] words) =>
        Assert.Contains("alone", Assert.Throws<SetUpException>(() => LinuxGuest.Among(words)).Message);

    // Process 1 must find its disk, whatever line the user gives.
    [Theory]
    [InlineData("linux", null, "console=ttyS0 panic=-1")]
    [InlineData("linux", "quiet", "quiet")]
    [InlineData("debian", null, "console=ttyS0 panic=-1 system=/dev/vda")]
    [InlineData("debian", "quiet", "quiet system=/dev/vda")]
    public void ItsCommandLineIsTheUsers(string name, string given, string line) =>
        Assert.Equal(line, LinuxGuest.Among([name]).CommandLine(given));

    // As Linux reads it: a header of hexadecimal fields, the name, the content, both padded to four bytes.
    [Fact]
    public void ItsFileSystemReadsBack()
    {
        string target = _files.Write("initrd", []);
        string folder = Path.GetDirectoryName(_files.Write("busybox", [1, 2, 3, 4, 5]));
        _files.Write("virtio.ko", [6]);
        _files.Write("virtio_ring.ko.xz", [7]);
        _files.Write("virtio_fs.ko", [8]);
        _files.Write("squashfs.ko", [9]);
        InitialFiles.Write(folder, target);
        Dictionary<string, (int Mode, byte[] Content)> files = Read(File.ReadAllBytes(target));
        Assert.Equal([1, 2, 3, 4, 5], files["bin/busybox"].Content);
        Assert.StartsWith("#!/bin/busybox sh\n", Encoding.ASCII.GetString(files["init"].Content));
        Assert.Equal("busybox"u8, files["bin/sh"].Content);
        Assert.Equal("virtio_ring.ko.xz\nvirtio.ko"u8, files["etc/modules"].Content);
        Assert.Equal([7], files["lib/virtio_ring.ko.xz"].Content);
        Assert.Equal([9], files["lib/squashfs.ko"].Content);
        Assert.False(files.ContainsKey("lib/virtio_fs.ko"));
        Assert.Equal((0x81ED, 0x81ED, 0xA1FF), (files["bin/busybox"].Mode, files["init"].Mode, files["bin/sh"].Mode));
        Assert.Equal(0x41ED, files["proc"].Mode);
        Assert.Contains("::respawn:/bin/sh /etc/console\n", Encoding.ASCII.GetString(files["etc/inittab"].Content));
    }

    [Theory]
    [InlineData("[    1.5] Kernel panic - not syncing: VFS: no root\r\n[    1.6] CPU: 0\r\n", "VFS: no root", false)]
    [InlineData("[ 1] Kernel panic - not syncing: A\n[ 2] ---[ end Kernel panic - not syncing: A ]---\n", "A", true)]
    [InlineData("[ 1] Kernel panic - not syncing: A\n[ 2] Kernel panic - not syncing: B\n", "A", false)]
    [InlineData("echo Kernel panic - not syncing: A\n", null, false)]
    [InlineData("[ 1] ---[ end Kernel panic - not syncing: A ]---\n", null, false)]
    [InlineData("[ 1] Kernel panic - not syncing: A", null, false)]
    public void APanicIsRecognized(string text, string reason, bool isOver)
    {
        var watch = new PanicWatch();
        foreach (byte value in Encoding.ASCII.GetBytes(text))
        {
            watch.Write([value]);
        }

        Assert.Equal((reason, isOver), (watch.Reason, watch.IsOver));
    }

    // It says nothing more before it is started again.
    [Fact]
    public void APanicThatWouldStartAgainIsOver()
    {
        var watch = new PanicWatch(startsAgain: true);
        watch.Write("[ 1] Linux\n"u8);
        Assert.False(watch.IsOver);
        watch.Write("[ 2] Kernel panic - not syncing: A\n"u8);
        Assert.True(watch.IsOver);
    }

    private static Dictionary<string, (int Mode, byte[] Content)> Read(byte[] archive)
    {
        var files = new Dictionary<string, (int, byte[])>();
        int at = 0;
        while (true)
        {
            string header = Encoding.ASCII.GetString(archive, at, 110);
            Assert.StartsWith("070701", header);
            int Field(int index) => int.Parse(header.AsSpan(6 + (8 * index), 8), NumberStyles.HexNumber);
            int nameBytes = Field(11), bytes = Field(6);
            string name = Encoding.ASCII.GetString(archive, at + 110, nameBytes - 1);
            int content = (at + 110 + nameBytes + 3) & ~3;
            if (name == "TRAILER!!!")
            {
                return files;
            }

            files.Add(name, (Field(1), archive[content..(content + bytes)]));
            at = (content + bytes + 3) & ~3;
        }
    }
}
