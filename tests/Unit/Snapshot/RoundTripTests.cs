// What is saved is what there is: a guest that was changed at random is, when it has been put back, what it was, to the
// byte.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Snapshot;

public sealed unsafe class RoundTripTests
{
    private static readonly GuestSegment[] s_segments = Enum.GetValues<GuestSegment>();

    // Registers of every kind, chips by their ports and in memory, the local APICs, stored MSRs, memory, and time.
    [Theory]
    [InlineData(false, 1u)]
    [InlineData(true, 1u)]
    [InlineData(false, 3u)]
    [InlineData(true, 2u)]
    public void WhatIsPutBackIsWhatWasSaved(bool isAmd, uint vcpus)
    {
        var devices = new DeviceOrder { Balloon = Choice.Yes, Console = ConsoleKind.Virtio, Columns = 80, Rows = 25 };
        using var scene = new SnapshotScene(isAmd, vcpus, vcpus == 1 ? devices : default);
        scene.Play(machine =>
        {
            Assert.Equal(vcpus == 1 ? 2 : 0, DevicesOf(machine.Vm));
            for (int seed = 1; seed <= 25; seed++)
            {
                Stir(machine, new Random(seed));
                Assert.Equal(SnapshotTrouble.None, machine.Load(machine.Save()));
                byte[] saved = machine.Save();
                Stir(machine, new Random(-seed));
                Assert.NotEqual(saved, machine.Save());
                Assert.Equal(SnapshotTrouble.None, machine.Load(saved));
                Assert.Equal(saved, machine.Save());
            }
        });
    }

    // Its clocks stand where they stood; what waits for a time waits for the same: also on a machine that has not been
    // on for as long as the guest.
    [Theory]
    [InlineData(false, SnapshotScene.Since)]
    [InlineData(true, SnapshotScene.Since)]
    [InlineData(false, 1000ul)]
    [InlineData(true, 10_000_000_000ul)]
    public void TimeGoesOnFromTheMoment(bool isAmd, ulong since)
    {
        using var scene = new SnapshotScene(isAmd);
        scene.Play(machine =>
        {
            Board* board = &machine.Vm->Board;
            machine.Core.Processor.Tsc = SnapshotScene.Since - 100_000;
            ulong now = board->Clock.Now(SnapshotScene.Since);
            ulong tsc = SnapshotScene.Since + Backend.TscOffset(machine.Vcpu);
            board->Out(0x43, 1, 0x34);
            board->Out(0x40, 1, 0);
            board->Out(0x40, 1, 0x20);
            byte[] saved = machine.Save();
            ulong due = board->Bus->Due;

            machine.Core.Processor.Tsc = since;
            Backend.SetTscOffset(99);
            Assert.Equal(SnapshotTrouble.None, machine.Load(saved, since));
            Assert.InRange(board->Clock.Now(since), now, now + 1);
            Assert.Equal(tsc, since + Backend.TscOffset(machine.Vcpu));
            Assert.Equal(due, board->Bus->Due);
            Assert.Equal(board->Clock.TscAt(board->Due), board->Deadline);
            Assert.InRange(board->Clock.TscAt(due), since + (due - now) - 1, since + (due - now) + 1);
        });
    }

    // A page that was touched and holds nothing stays touched, others stay untouched.
    [Fact]
    public void OnlyWhatWasTouchedIsThere()
    {
        using var scene = new SnapshotScene();
        scene.Play(machine =>
        {
            ref GuestMemory memory = ref machine.Vm->Memory;
            ulong pages = GuestMemoryUse.Of(ref memory).Pages;
            byte[] saved = machine.Save();
            Assert.Equal(Resolution.Mapped, memory.Load(new Gpa(0xC000), [1, 2, 3]));
            Assert.Equal(Resolution.Mapped, memory.Load(new Gpa(SnapshotScene.Written), [8]));
            Assert.Equal(SnapshotTrouble.None, machine.Load(saved));
            Assert.Equal(pages, GuestMemoryUse.Of(ref memory).Pages);
            Assert.False(memory.Table.Translate(0xC000).IsMapped);
            Assert.True(memory.Table.Translate(SnapshotScene.Touched).IsMapped);
            ulong word;
            memory.Read(new Gpa(SnapshotScene.Written), new Span<byte>(&word, sizeof(ulong)));
            Assert.Equal(7ul, word);
        });
    }

    // A processor that was started since is not any more, and the other way round.
    [Fact]
    public void ProcessorsAreStartedOrNot()
    {
        using var scene = new SnapshotScene(vcpus: 2);
        scene.Play(machine =>
        {
            ref Rota rota = ref *Rota.Of(machine.Vm->First);
            Vcpu* second = machine.Vm->At(1);
            byte[] alone = machine.Save();
            Assert.True(rota.TryAdd(second, 1, SnapshotScene.Since));
            byte[] both = machine.Save();
            Assert.Equal(SnapshotTrouble.None, machine.Load(alone));
            Assert.Equal(Hv.Processor.Vcpu.NoSlot, second->Slot);
            Assert.Equal(1, rota.Scheduler.Count);
            Assert.Equal(SnapshotTrouble.None, machine.Load(both));
            Assert.Equal(2, rota.Scheduler.Count);
            Assert.True(machine.Vm->Board.At(1)->IsStarted);
            Assert.Equal(SnapshotTrouble.None, machine.Load(alone));
        });
    }

    private static int DevicesOf(Vm* vm)
    {
        int count = 0;
        for (uint slot = 1; slot < PciLayout.Slots; slot++)
        {
            count += GuestSnapshot.DeviceIn(vm, slot) != null ? 1 : 0;
        }

        return count;
    }

    // What a driver may write, at random, where the device's registers are: in configuration space and behind its BAR.
    private static void StirDevices(Vm* vm, Random random)
    {
        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            PciFunction* function = vm->Board.Pci.At(slot);
            for (int i = 0; function != null && i < 100; i++)
            {
                function->Write(&vm->Board, (uint)(4 * random.Next(64)), 4, (uint)random.Next());
                function->Write(&vm->Board, 4, 2, (uint)(random.Next(4) == 0 ? random.Next() : 6));
                function->Write(&vm->Board, 16, 4, PciLayout.Memory + ((uint)slot << 16));
                ulong at = PciLayout.Memory + ((uint)slot << 16) + ((uint)random.Next(6) << 12);
                vm->Board.WriteMemory(new Gpa(at + (4 * (uint)random.Next(16))), 4, (ulong)random.Next());
                vm->Board.WriteMemory(new Gpa(at + (uint)random.Next(64)), 1, (ulong)random.Next(256));
            }
        }
    }

    private static void Stir(SnapshotScene machine, Random random)
    {
        StirDevices(machine.Vm, random);
        Vm* vm = machine.Vm;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            VcpuSwitch.To(vm->At(i));
            StirProcessor(vm->At(i), random);
        }

        VcpuSwitch.To(machine.Vcpu);
        for (int i = 0; i < 200; i++)
        {
            ushort port = (ushort)(random.Next(4) switch
            {
                0 => 0x20 + random.Next(2),
                1 => 0x3F8 + random.Next(8),
                2 => 0x40 + random.Next(4),
                _ => 0x70 + random.Next(2),
            });
            vm->Board.Out(port, 1, (uint)random.Next(256));
            vm->Board.WriteMemory(new Gpa(0xFED0_0000 + (ulong)(8 * random.Next(0x60))), 8, (ulong)random.NextInt64());
            vm->Board.WriteMemory(new Gpa(0xFEC0_0000), 4, (ulong)random.Next(0x40));
            vm->Board.WriteMemory(new Gpa(0xFEC0_0010), 4, (ulong)random.Next(0x1_0000));
            vm->Board.WriteMemory(new Gpa(0xFEE0_0000 + (ulong)(16 * random.Next(0x40))), 4, (ulong)random.Next());
        }

        for (int i = 0; i < MsrPolicy.Stores; i++)
        {
            vm->Msrs[i] = (ulong)random.NextInt64();
        }

        var bytes = new byte[random.Next(1, 9000)];
        random.NextBytes(bytes.AsSpan(random.Next(bytes.Length)));
        vm->Memory.Load(new Gpa((ulong)random.Next(0x2000, 0x8000)), bytes);
    }

    private static void StirProcessor(Vcpu* vcpu, Random random)
    {
        for (int i = 0; i < 16; i++)
        {
            vcpu->Registers[i] = (ulong)random.NextInt64();
        }

        for (int i = 0; i < 12; i++)
        {
            vcpu->Registers.Xmm[i] = (ulong)random.NextInt64();
        }

        foreach (GuestSegment segment in s_segments)
        {
            GuestState.SetSegment(segment, (ushort)random.Next(0x1_0000), (uint)random.Next(), (uint)random.Next(),
                new((uint)random.Next(0x100)));
        }

        GuestState.Rip = (ulong)random.NextInt64();
        GuestState.Rsp = (ulong)random.NextInt64();
        GuestState.Cr3 = (ulong)random.Next() << 12;
        GuestState.Cr2 = (ulong)random.NextInt64();
        GuestState.Dr6 = 0xFFFF_0FF0 | (uint)random.Next(16);
        GuestState.Gdtr = new((ulong)random.NextInt64(), (ushort)random.Next());
        GuestState.Idtr = new((ulong)random.NextInt64(), (ushort)random.Next());
        GuestState.Keep(KeptMsr.SysenterEip, (ulong)random.NextInt64());
        Backend.SetTscOffset((ulong)random.NextInt64());
        vcpu->TscAdjust = (ulong)random.NextInt64();
        vcpu->Events.PendExternal((byte)random.Next(256));
        for (int i = 0; i < 4; i++)
        {
            Cpu.WriteDebugRegister(i, (ulong)random.NextInt64());
        }

        VcpuSwitch.TrySetMsr(vcpu, (uint)Msr.Lstar, (ulong)random.NextInt64() >> 17);
        VcpuSwitch.TrySetMsr(vcpu, (uint)Msr.KernelGsBase, (ulong)random.NextInt64() >> 17);
    }
}
