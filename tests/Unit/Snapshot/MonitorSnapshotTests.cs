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
        Assert.Matches("^saved: 2 pages that hold something; [0-9]+ bytes copied into the hypervisor's memory\n$",
            Obey("snapshot save"));
        machine.Vcpu->Registers.Rbx = 5;
        Assert.Equal(Resolution.Mapped, machine.Vm->Memory.Load(new Gpa(SnapshotScene.Written), [9]));
        Assert.Equal("loaded: the guest stands where it stood then\n", Obey("snapshot load"));
        Assert.NotEqual(5ul, machine.Vcpu->Registers.Rbx);
        Assert.Equal(7, ByteAt(SnapshotScene.Written));
    });

    // The next one takes the place of the one before, and copies what is not as it was.
    [Fact]
    public void TheNextCopiesWhatHasChanged() => _scene.Play(machine =>
    {
        GuestMemory* memory = &machine.Vm->Memory;
        Load(0x2000, 1);
        Load(0x3000, 1);
        Assert.StartsWith("saved: 4 pages that hold something; ", Obey("snapshot save"));
        ulong left = machine.Core.Machine->Memory.Total(PhysicalKind.Usable);
        Assert.StartsWith("saved: 4 pages that hold something, 0 changed since the last snapshot; ",
            Obey("snapshot save"));
        Load(0x2000, 2);
        Load(0x3000, 0);
        Load(0x5000, 4);
        Assert.True(memory->TryDiscard(new Gpa(SnapshotScene.Written), 0x1000));
        Assert.StartsWith("saved: 3 pages that hold something, 4 changed since the last snapshot; ",
            Obey("snapshot save"));
        Load(0x2000, 9);
        Load(0x3000, 9);
        Load(0x5000, 9);
        Load(0x6000, 9);
        Load(SnapshotScene.Written, 9);
        Obey("snapshot load");
        Assert.Equal((2, 0, 4), (ByteAt(0x2000), ByteAt(0x3000), ByteAt(0x5000)));
        Assert.False(memory->Table.Translate(0x6000).IsMapped);
        Assert.False(memory->Table.Translate(SnapshotScene.Written).IsMapped);
        Assert.True(memory->Table.Translate(0x3000).IsMapped);
        Load(0x3000, 3);
        Assert.StartsWith("saved: 4 pages that hold something, 1 changed since the last snapshot; ",
            Obey("snapshot save"));
        Assert.Equal(left, machine.Core.Machine->Memory.Total(PhysicalKind.Usable));
    });

    // Dirty flags of the processor and marks of the hypervisor tell: what neither tells is not looked at. A
    // processor without flags has everything looked at.
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void WhatHasChangedIsMarked(bool isAmd, bool hasFlags)
    {
        using var scene = new SnapshotScene(isAmd);
        if (!hasFlags)
        {
            scene.Core.Machine->Facts.Vmx.EptVpid = new(scene.Core.Machine->Facts.Vmx.EptVpid.Raw & ~(1ul << 21));
        }

        scene.Play(
            machine =>
            {
                Obey(machine, "snapshot save");
                *Content(machine, SnapshotScene.Touched) = 1;
                Assert.StartsWith(
                    $"saved: {(hasFlags ? 2 : 3)} pages that hold something, {(hasFlags ? 0 : 1)} changed",
                    Obey(machine, "snapshot save"));
            },
            guest =>
            {
                guest.Write64(new Gpa(SnapshotScene.Written), 8);
                guest.Write64(new Gpa(0xA000), 0);
            },
            machine =>
            {
                *Content(machine, SnapshotScene.Touched) = 2;
                Assert.StartsWith(
                    $"saved: {(hasFlags ? 2 : 3)} pages that hold something, {(hasFlags ? 1 : 2)} changed",
                    Obey(machine, "snapshot save"));
                machine.Vm->Memory.Load(new Gpa(SnapshotScene.Touched), [3]);
                Assert.StartsWith("saved: 3 pages that hold something, 1 changed", Obey(machine, "snapshot save"));
                Obey(machine, "snapshot load");
                Assert.StartsWith("saved: 3 pages that hold something, 0 changed", Obey(machine, "snapshot save"));
            });
    }

    // A page that was given away and read again is another one, though nobody has written to it.
    [Fact]
    public void WhatIsNewIsMarked() => _scene.Play(
        machine =>
        {
            Obey("snapshot save");
            Assert.True(machine.Vm->Memory.TryDiscard(new Gpa(SnapshotScene.Written), 0x1000));
        },
        guest => Assert.Equal(0ul, guest.Read64(new Gpa(SnapshotScene.Written))),
        machine => Assert.StartsWith("saved: 1 pages that hold something, 1 changed", Obey("snapshot save")));

    // Somebody who talks for long does not make of a guest one that gets nowhere.
    [Fact]
    public void AGuestThatStoodStillIsNotStuck() => _scene.Play(machine =>
    {
        machine.Vcpu->Progress.SliceEnded(0x1234, 1, 100);
        Array.ForEach("continue\n".ToCharArray(), letter => Host.Typed.Enqueue((byte)letter));
        ConsoleInput.Of(machine.Core.Machine)->Request = ConsoleRequest.Monitor;
        HvMonitor.Answer(machine.Vm, machine.Vcpu, 0);
        Assert.True(machine.Vcpu->Progress.SliceEnded(0x1234, 1_000_000, 100));
    });

    // From the end of it: what guests may be given at its own address stays where it is.
    [Fact]
    public void MemoryThatWasPromisedStays() => _scene.Play(machine =>
    {
        ref PhysicalMap map = ref machine.Core.Machine->Memory;
        VmSlot* other = VmSlots.Of(machine.Core.Machine)->At(5);
        other->Number = 6;
        other->Settings.MemoryBytes = machine.SpareEnd.Value - (257 * 4096);
        Assert.StartsWith("saved: ", Obey("snapshot save"));
        Assert.Equal(new Hpa(other->Settings.MemoryBytes), map.Ranges[^1].Start);
        Assert.Equal(PhysicalKind.Hypervisor, map.Ranges[^1].Kind);
        machine.Core.Machine->Memory.TrySet(map.Ranges[^1].Start, machine.SpareEnd, PhysicalKind.Usable);
        *SnapshotShelf.Of(machine.Core.Machine) = default;
        other->Settings.MemoryBytes += 4096;
        Assert.StartsWith("the guest cannot be saved: no memory is left that no guest was promised; give the guest less"
            + " by --memory (", Obey("snapshot save"));
        *other = default;
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
    public void WithoutFramesNothingIsLost()
    {
        _scene.Core.Config->MemoryBytes = 0x20_0000;
        _scene.Core.SetFrames(1000);
        _scene.Play(machine =>
        {
            ref PhysicalMap map = ref machine.Core.Machine->Memory;
            Obey("snapshot save");
            Hpa end = map.Ranges[0].End;
            Assert.True(map.TrySet(machine.Spare, end, PhysicalKind.Reserved));
            for (ulong page = 10; page < 310; page++)
            {
                Load(page << 12, 1);
            }

            Assert.StartsWith("the guest cannot be saved: no memory is left that no guest was promised;",
                Obey("snapshot save"));
            Assert.Equal("loaded: the guest stands where it stood then\n", Obey("snapshot load"));
            Assert.Equal((7, 0), (ByteAt(SnapshotScene.Written), ByteAt(20 << 12)));
            map.TrySet(machine.Spare, end, PhysicalKind.Usable);
        });
    }

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

    private void Load(ulong address, byte value) =>
        Assert.Equal(Resolution.Mapped, _scene.Vm->Memory.Load(new Gpa(address), [value]));

    private int ByteAt(ulong address)
    {
        byte value;
        _scene.Vm->Memory.Read(new Gpa(address), new Span<byte>(&value, 1));
        return value;
    }

    // Where the host has it, past all that marks a change.
    private static ulong* Content(SnapshotScene machine, ulong address)
    {
        PageEntry* entry = machine.Vm->Memory.Table.Lookup(address, out int level);
        return (ulong*)TouchedPages.At(entry, level, address);
    }

    private string Obey(string line) => Obey(_scene, line);

    private static string Obey(SnapshotScene scene, string line)
    {
        Host.Written(Output.Console).Clear();
        Assert.True(HvMonitor.Obey(
            Output.Console, scene.Vm, scene.Vcpu, Encoding.ASCII.GetBytes(line), SnapshotScene.Since));
        return Encoding.Latin1.GetString([.. Host.Written(Output.Console)]);
    }
}
