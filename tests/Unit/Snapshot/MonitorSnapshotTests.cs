// Snapshots as somebody at the monitor asks for them, and a guest that goes on from a file.

using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;
using HvMonitor = MinusOne.Hv.Console.Monitor;

namespace MinusOne.Tests.Unit.Snapshot;

public sealed unsafe class MonitorSnapshotTests : IDisposable
{
    private readonly SnapshotScene _scene = new();

    public MonitorSnapshotTests() => Host.Room.MostRecorded = int.MaxValue;

    public void Dispose()
    {
        Host.Room.MostRecorded = int.MaxValue;
        _scene.Dispose();
    }

    [Fact]
    public void OneIsKeptAndPutBack() => _scene.Play(machine =>
    {
        Assert.Equal("nothing was saved of this guest; snapshot save does that\n", Obey("snapshot load"));
        uint free = machine.Vm->Machine->Frames.Available;
        Assert.Matches("^saved: 2 pages that hold something, [0-9]+ bytes in the hypervisor's memory\n$",
            Obey("snapshot save"));
        uint left = machine.Vm->Machine->Frames.Available;
        Assert.InRange(left, free - 20, free - 1);
        machine.Vcpu->Registers.Rbx = 5;
        Assert.Equal(Resolution.Mapped, machine.Vm->Memory.Load(new Gpa(SnapshotScene.Written), [9]));
        Assert.Equal("loaded: the guest stands where it stood then\n", Obey("snapshot load"));
        Assert.NotEqual(5ul, machine.Vcpu->Registers.Rbx);
        byte first;
        machine.Vm->Memory.Read(new Gpa(SnapshotScene.Written), new Span<byte>(&first, 1));
        Assert.Equal(7, first);

        // The next one takes the place of the one before.
        Obey("snapshot save");
        Assert.Equal(left, machine.Vm->Machine->Frames.Available);
    });

    [Theory]
    [InlineData("snapshot", "snapshot wants to know whether to save or to load; it is used so:\n")]
    [InlineData("snapshot keep", "snapshot wants to know whether to save or to load; it is used so:\n")]
    [InlineData("snapshot save ../x", "the guest cannot be saved: a name has at most 32 letters, digits,")]
    [InlineData("snapshot save .x", "the guest cannot be saved: a name has at most 32 letters, digits,")]
    [InlineData("snapshot save x", "the guest cannot be saved: it would go by the serial port at 2E8h (COM4), and")]
    public void WhatCannotBeSavedIsSaid(string line, string answer) => _scene.Play(_ =>
    {
        Host.Room.MostRecorded = 0;
        Assert.StartsWith(answer, Obey(line));
    });

    // What is kept of it before stays.
    [Fact]
    public void WithoutFramesNothingIsLost() => _scene.Play(machine =>
    {
        FramePool* frames = &machine.Vm->Machine->Frames;
        Obey("snapshot save");
        Hpa first = default;
        while (frames->Available > 64 && frames->TryAllocate(FrameOwner.Hypervisor, out Hpa frame))
        {
            *(ulong*)frame.Pointer = first.Value;
            first = frame;
        }

        machine.Vm->Memory.Load(new Gpa(0x2000), Enumerable.Repeat((byte)1, 0x3000).ToArray());
        Assert.StartsWith("the guest cannot be saved: the hypervisor has no memory left for it", Obey("snapshot save"));
        Assert.Equal("loaded: the guest stands where it stood then\n", Obey("snapshot load"));
        while (first.Value != 0)
        {
            Hpa next = new(*(ulong*)first.Pointer);
            frames->Free(first, FrameOwner.Hypervisor);
            first = next;
        }
    });

    // What leaves is announced, and is what would have been kept.
    [Fact]
    public void OneWithANameLeaves() => _scene.Play(machine =>
    {
        Host.Written((Output)byte.MaxValue).Clear();
        Assert.Matches("^sent: 2 pages that hold something, [0-9]+ bytes, as a.1\n$", Obey("snapshot save a.1"));
        byte[] sent = [.. Host.Written((Output)byte.MaxValue)];
        byte[] head = [.. SnapshotName.Magic, 3, .. "a.1"u8];
        Assert.Equal(head, sent[..head.Length]);
        ulong bytes = BitConverter.ToUInt64(sent, head.Length);
        Assert.Equal((ulong)sent.Length - (ulong)head.Length - 8, bytes);
        Assert.Equal(SnapshotTrouble.None, machine.Load(sent[(head.Length + 8)..]));
        Host.Room.MostRecorded = Host.Room.Recorded + 100;
        Assert.StartsWith("the snapshot is lost: its port takes nothing any more;", Obey("snapshot save b"));
    });

    // A guest of the same kind that begins is the one that was saved.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AGuestGoesOnFromAFile(bool isWhole)
    {
        byte[] saved = null;
        _scene.Play(machine =>
        {
            machine.Vcpu->Registers.Rbx = 77;
            saved = machine.Save();
        });
        using var other = new SnapshotScene();
        byte* file = (byte*)NativeMemory.Alloc((nuint)saved.Length);
        saved.CopyTo(new Span<byte>(file, saved.Length));
        ulong rbx = 0, word = 0;
        other.Core.Settings = other.Core.Settings with
        {
            Snapshot = new FileBytes(file, (ulong)saved.Length - (isWhole ? 0u : 9)),
        };
        other.Core.Guest.Then(guest =>
        {
            rbx = guest.Registers.Rbx;
            word = guest.Read64(new Gpa(SnapshotScene.Written));
            guest.Cli();
            guest.Hlt();
        });
        Assert.Equal(isWhole, other.Core.Run());
        NativeMemory.Free(file);
        Assert.Equal(isWhole ? (77ul, 7ul) : (0ul, 0ul), (rbx, word));
        Assert.Contains(isWhole ? "guest 'test' goes on from a snapshot\n"
            : "guest 'test' cannot go on from its snapshot: its end is missing; save it again, or copy it whole\n",
            other.Core.Log);
        Assert.Contains(isWhole ? "end=halt" : "end=not-loaded", other.Core.Log);
    }

    private string Obey(string line)
    {
        Host.Written(Output.Console).Clear();
        Assert.True(HvMonitor.Obey(
            Output.Console, _scene.Vm, _scene.Vcpu, Encoding.ASCII.GetBytes(line), SnapshotScene.Since));
        return Encoding.Latin1.GetString([.. Host.Written(Output.Console)]);
    }
}
