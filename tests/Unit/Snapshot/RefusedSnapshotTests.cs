// What is no snapshot, or not this guest's: it is refused by its name, and the guest is as it was.

using System;
using System.Buffers.Binary;
using System.Linq;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Snapshot;

public sealed unsafe class RefusedSnapshotTests
{
    [Fact]
    public void OneThatIsCutOffIsNotLoaded()
    {
        using var scene = new SnapshotScene();
        scene.Play(machine =>
        {
            byte[] saved = machine.Save();
            byte[] before = Changed(machine);
            for (int length = 0; length < saved.Length; length += length < 64 ? 1 : 97)
            {
                Assert.Equal(length < 8 ? SnapshotTrouble.NoSnapshot : SnapshotTrouble.CutOff,
                    machine.Load(saved[..length]));
            }

            Assert.Equal(before, machine.Save());
        });
    }

    [Fact]
    public void OneThatWasChangedIsNotLoaded()
    {
        using var scene = new SnapshotScene();
        scene.Play(machine =>
        {
            byte[] saved = machine.Save();
            byte[] before = Changed(machine);
            for (int i = 0; i < saved.Length; i += i < 256 ? 1 : 61)
            {
                byte[] other = [.. saved];
                other[i] ^= (byte)(1 << (i & 7));
                SnapshotTrouble trouble = machine.Load(other);
                Assert.True(trouble is not (SnapshotTrouble.None or SnapshotTrouble.BrokenOff), $"{i}: {trouble}");
            }

            Assert.Equal(SnapshotTrouble.Damaged, machine.Load([.. saved, 0]));
            Assert.Equal(before, machine.Save());
        });
    }

    // With sums that are right again: who changes one so must not reach beyond a chip, or make the host fault.
    [Fact]
    public void WhatNoChipHoldsIsNotLoaded()
    {
        using var scene = new SnapshotScene();
        scene.Play(machine =>
        {
            byte[] saved = machine.Save();
            var random = new Random(1);
            for (int i = 0; i < 3000; i++)
            {
                byte[] other = [.. saved];
                (int at, int length) = SnapshotBytes.Section(other, random.Next(1, 7));
                for (int j = random.Next(1, 40); j > 0; j--)
                {
                    other[at + 8 + random.Next(length)] = (byte)random.Next(256);
                }

                SnapshotBytes.Seal(other, at, length);
                if (machine.Load(other) == SnapshotTrouble.None)
                {
                    machine.Vm->Board.Bus->Elapse(&machine.Vm->Board, 1_000_000);
                    machine.Save();
                }
            }

            Assert.Equal(SnapshotTrouble.None, machine.Load(saved));
        });
    }

    [Fact]
    internal void OneOfAnotherGuestIsNotLoaded()
    {
        using var scene = new SnapshotScene();
        scene.Play(machine =>
        {
            byte[] saved = machine.Save();
            Assert.Equal(SnapshotTrouble.OtherVersion, machine.Load(With(saved, bytes => bytes[8]++)));
            Assert.Equal(SnapshotTrouble.OtherKind,
                Load(machine, saved, (ref SnapshotGuest guest) => guest.Hypervisor++));
            Assert.Equal(SnapshotTrouble.OtherProcessors,
                Load(machine, saved, (ref SnapshotGuest guest) => guest.Vcpus++));
            Assert.Equal(SnapshotTrouble.OtherMemory,
                Load(machine, saved, (ref SnapshotGuest guest) => guest.MemoryBytes += 4096));
            Assert.Equal(SnapshotTrouble.OtherFeatures, See(machine, saved, 8, 1, 1u << 2));
            Assert.Equal(SnapshotTrouble.OtherFeatures, See(machine, saved, 11, 0, 4));
            Assert.Equal(SnapshotTrouble.None, See(machine, saved, 8, 1, 1u << 6));
            Assert.Equal(SnapshotTrouble.OtherClock,
                Load(machine, saved, (ref SnapshotGuest guest) => guest.TscHertz *= 2));
            Assert.Equal(SnapshotTrouble.None,
                Load(machine, saved, (ref SnapshotGuest guest) => guest.TscHertz += guest.TscHertz / 2000));
        });
    }

    // What the vendors have in different ways ties a guest to the maker that it has seen.
    [Theory]
    [InlineData(HypervisorKind.Kvm, 0ul, false)]
    [InlineData(HypervisorKind.MinusOne, 8ul, false)]
    [InlineData(HypervisorKind.MinusOne, 0ul, true)]
    internal void OneThatKnowsItsMakerStaysWithIt(HypervisorKind hypervisor, ulong sysenter, bool mayGo)
    {
        using var scene = new SnapshotScene();
        scene.Core.Settings = scene.Core.Settings with { Hypervisor = hypervisor };
        scene.Play(machine =>
        {
            GuestState.Keep(KeptMsr.SysenterCs, sysenter);
            byte[] saved = With(machine.Save(), bytes => SnapshotBytes.See(bytes, 0, 1, 0x756E_6547 ^ 0x6874_7541));
            Assert.Equal(mayGo ? SnapshotTrouble.None : SnapshotTrouble.OtherMaker, machine.Load(saved));
        });
    }

    // WRMSR would not take them, and the processor would keep what another guest had.
    [Theory]
    [InlineData(7, 1ul << 60, false)]
    [InlineData(10, 1ul << 47, false)]
    [InlineData(9, 1ul << 32, false)]
    [InlineData(11, 1ul << 32, false)]
    [InlineData(7, 0xFFFF_8000_0000_0000, true)]
    public void MsrsAreThoseThatAProcessorTakes(int place, ulong value, bool isSound)
    {
        using var scene = new SnapshotScene();
        scene.Play(machine =>
        {
            byte[] saved = With(machine.Save(), bytes =>
            {
                (int at, int length) = SnapshotBytes.Section(bytes, 3);
                int kept = at + 8 + (int)Marshal.OffsetOf<ProcessorImage>("_kept");
                BitConverter.GetBytes(value).CopyTo(bytes, kept + (8 * place));
                SnapshotBytes.Seal(bytes, at, length);
            });
            Assert.Equal(isSound ? SnapshotTrouble.None : SnapshotTrouble.Damaged, machine.Load(saved));
        });
    }

    // What would keep the host busy for ever, or its processor asleep.
    [Fact]
    public void TimeActivityAndPagesHaveBounds()
    {
        using var scene = new SnapshotScene();
        scene.Play(machine =>
        {
            byte[] saved = machine.Save();
            Assert.Equal(SnapshotTrouble.Damaged,
                Load(machine, saved, (ref SnapshotGuest guest) => guest.Now = ulong.MaxValue / 2));
            Assert.Equal(SnapshotTrouble.Damaged, machine.Load(With(saved, bytes =>
            {
                (int at, int length) = SnapshotBytes.Section(bytes, 3);
                Assert.Equal(sizeof(ProcessorImage), length);
                bytes[at + 8 + (int)Marshal.OffsetOf<ProcessorImage>("_activity")] = 3;
                SnapshotBytes.Seal(bytes, at, length);
            })));
            Assert.Equal(SnapshotTrouble.None, machine.Load(Repeated(saved, 1)));
            Assert.Equal(SnapshotTrouble.Damaged, machine.Load(Repeated(saved, 20_000)));
        });
    }

    // With the pages that hold nothing told so often again.
    private static byte[] Repeated(byte[] saved, int times)
    {
        int number = 0;
        while (saved[SnapshotBytes.Section(saved, number).At] != (byte)SnapshotSection.Zeroes)
        {
            number++;
        }

        int at = SnapshotBytes.Section(saved, number).At, behind = SnapshotBytes.Section(saved, number + 1).At;
        byte[] zeroes = saved[at..behind];
        byte[] other =
            [.. saved[..at], .. Enumerable.Repeat(zeroes, times).SelectMany(part => part), .. saved[behind..]];
        int end = other.Length - 16;
        int sections = BinaryPrimitives.ReadInt32LittleEndian(other.AsSpan(end + 8)) + times - 1;
        BinaryPrimitives.WriteInt32LittleEndian(other.AsSpan(end + 8), sections);
        SnapshotBytes.Seal(other, end, sizeof(uint));
        return other;
    }

    // On SVM an IRET has to exit, or they would stay blocked.
    [Fact]
    public void BlockedNmisAreOpenedByTheNextIret()
    {
        using var scene = new SnapshotScene(isAmd: true);
        scene.Play(machine =>
        {
            static bool IretExits() => (SvmCpu.Processor.Vmcb->General & GeneralIntercepts.Iret) != 0;
            byte[] open = machine.Save();
            GuestState.Blocking = GuestState.Blocking.WithNmiBlocking(true);
            byte[] blocked = machine.Save();
            Assert.Equal(SnapshotTrouble.None, machine.Load(open));
            Assert.False(IretExits());
            Assert.Equal(SnapshotTrouble.None, machine.Load(blocked));
            Assert.True(GuestState.Blocking.BlockingByNmi && IretExits());
        });
    }

    // Each has words of its own, with a way out.
    [Fact]
    public void EveryTroubleHasItsSentence()
    {
        string[] texts = [.. Enum.GetValues<SnapshotTrouble>().Skip(1)
            .Select(trouble => System.Text.Encoding.ASCII.GetString(SnapshotTroubles.Text(trouble)))];
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.All(texts, text => Assert.InRange(text.Length, 40, 130));
    }

    private delegate void Change(ref SnapshotGuest guest);

    private static SnapshotTrouble See(SnapshotScene machine, byte[] saved, int place, int register, uint bits) =>
        machine.Load(With(saved, bytes => SnapshotBytes.See(bytes, place, register, bits)));

    private static SnapshotTrouble Load(SnapshotScene machine, byte[] saved, Change change) =>
        machine.Load(With(saved, bytes =>
        {
            const int At = SnapshotBytes.Beginning;
            change(ref MemoryMarshal.AsRef<SnapshotGuest>(bytes.AsSpan(At + 8, sizeof(SnapshotGuest))));
            SnapshotBytes.Seal(bytes, At, sizeof(SnapshotGuest));
        }));

    private static byte[] With(byte[] saved, Action<byte[]> change)
    {
        byte[] other = [.. saved];
        change(other);
        return other;
    }

    // Another guest than the one that was saved.
    private static byte[] Changed(SnapshotScene machine)
    {
        machine.Vcpu->Registers.Rbx += 5;
        return machine.Save();
    }
}
