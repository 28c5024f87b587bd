// The end of an interrupt by a bit in the guest's memory: a guest that uses it sees the same as one that writes to the
// EOI register, which is its model, and writes less often.

using System;
using System.Runtime.InteropServices;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class KvmEoiTests : IDisposable
{
    private const ulong Place = 0x1234, Enabled = Place | 1;
    private const uint Eoi = 0xB0, Spurious = 0xF0, Tpr = 0x80, InService = 0x100, Request = 0x200, Priority = 0xA0;

    private readonly GuestFixture _fixture = new(64, 0);
    private readonly GuestMemory* _memory = (GuestMemory*)NativeMemory.AllocZeroed((nuint)sizeof(GuestMemory));
    private readonly PcMachine _machine = new();
    private readonly PcMachine _model = new();

    public KvmEoiTests()
    {
        *_memory = _fixture.Create();
        Assert.Equal(RegionStatus.Added, _memory->AddRegion(GuestRegionKind.Ram, default, 0x2000));
        Board->Hypervisor = HypervisorKind.Kvm;
        Write(_machine, Spurious, 0x1FF);
        Write(_model, Spurious, 0x1FF);
    }

    private Board* Board => &_machine.Vm->Board;

    private LocalApic* Apic => Board->Apic;

    public void Dispose()
    {
        _memory->Release();
        NativeMemory.Free(_memory);
        _machine.Dispose();
        _model.Dispose();
        _fixture.Dispose();
    }

    [Fact]
    public void OnlyInterruptNeedsNoWrite()
    {
        Assert.True(Set(Enabled));
        Assert.Equal(0x41, Deliver(_machine, 0x41));
        Assert.True(Skip());
        Assert.Equal(0x31, Deliver(_machine, 0x31));
        Assert.Equal((0u, 0x30u), (Read(_machine, InService + 0x20), Read(_machine, Priority)));
    }

    // The handler's end comes by a write when another interrupt is waiting for it.
    [Fact]
    public void OfferIsTakenBackForTheNext()
    {
        Assert.True(Set(Enabled));
        Assert.Equal(0x41, Deliver(_machine, 0x41));
        Apic->Accept(0x31, isLevel: false);
        Assert.False(Apic->Interrupt);
        Assert.False(Skip());
        Write(_machine, Eoi, 0);
        Assert.True(Apic->Interrupt);
        Assert.Equal(0x31, Apic->Acknowledge());
    }

    // An I/O APIC must hear of it; and one that waits already must be delivered.
    [Fact]
    public void LevelsAndQueuesHaveNone()
    {
        Assert.True(Set(Enabled));
        Apic->Accept(0x41, isLevel: true);
        Assert.Equal(0x41, Apic->Acknowledge());
        Assert.False(Skip());
        Write(_machine, Eoi, 0);
        Apic->Accept(0x41, isLevel: false);
        Apic->Accept(0x51, isLevel: false);
        Assert.Equal(0x51, Apic->Acknowledge());
        Assert.False(Skip());
    }

    // Bit 1 is reserved, the place must be its memory, and a processor that delivers by itself has no use for it.
    [Fact]
    public void BadPlacesAreRefused()
    {
        Assert.False(Set(Enabled | 2));
        Assert.False(Set(0x2001));
        Assert.False(Set(ulong.MaxValue & ~2ul));
        Assert.True(Set(0xFFFF_F000));
        Deliver(_machine, 0x41);
        Assert.False(Skip());
        Board->Hypervisor = HypervisorKind.MinusOne;
        Assert.False(Set(Enabled));
        Board->Hypervisor = HypervisorKind.Kvm;
        Apic->MakeVirtual();
        Assert.False(Set(Enabled));
    }

    // Off, after INIT and with the APIC turned off nothing is left set that a guest could take for an offer.
    [Theory]
    [InlineData(0, 2u)]
    [InlineData(1, 0u)]
    [InlineData(2, uint.MaxValue)]
    public void NothingStaysSet(int how, uint inService)
    {
        Assert.True(Set(Enabled));
        Assert.Equal(0x41, Deliver(_machine, 0x41));
        switch (how)
        {
            case 0: Assert.True(Set(0)); break;
            case 1: Apic->Init(); break;
            default: Apic->SetBase(0); break;
        }

        Assert.False(Skip());
        Assert.Equal(inService, Read(_machine, InService + 0x20));
    }

    // The page is gone, as one that was put into a balloon: the offer counts as taken, and there is no other.
    [Fact]
    public void PageMayGo()
    {
        Assert.True(Set(Enabled));
        Assert.Equal(0x41, Deliver(_machine, 0x41));
        Assert.True(_memory->TryDiscard(new Gpa(0x1000), 0x1000));
        Assert.Equal(0x31, Deliver(_machine, 0x31));
        Assert.Equal(0u, Read(_machine, InService + 0x20));
        Assert.False(_memory->Table.Translate(0x1000).IsMapped);
    }

    [Fact]
    public void GuestSeesTheSame()
    {
        Assert.True(Set(Enabled));
        int skipped = 0, ended = 0;
        var random = new Random(7);
        for (int step = 0; step < 20_000; step++)
        {
            switch (random.Next(8))
            {
                case 0 when random.Next(3) == 0:
                    uint vector = (uint)random.Next(0x20, 0x60);
                    bool isLevel = random.Next(8) == 0;
                    Apic->Accept(vector, isLevel);
                    _model.Vm->Board.Apic->Accept(vector, isLevel);
                    break;
                case 2:
                    uint other = (uint)random.Next(0x20, 0x60);
                    Assert.Equal(_model.Vm->Board.Apic->TryServe(other), Apic->TryServe(other));
                    break;
                case 3 or 4 when Apic->Interrupt:
                    Assert.Equal(_model.Vm->Board.Apic->Acknowledge(), Apic->Acknowledge());
                    break;
                case 5 or 6 when _model.Vm->Board.Apic->HasInService:
                    ended++;
                    skipped += Skip() ? 1 : End();
                    Write(_model, Eoi, 0);
                    break;
                case 7 when random.Next(4) == 0:
                    uint priority = (uint)random.Next(0x60);
                    Write(_machine, Tpr, priority);
                    Write(_model, Tpr, priority);
                    break;
                case 7 when random.Next(4) == 0: Compare(); break;
            }

            Assert.Equal(_model.Vm->Board.Apic->Interrupt, Apic->Interrupt);
        }

        Assert.InRange(skipped, ended / 10, ended - 1);
    }

    private void Compare()
    {
        for (uint at = 0; at < 0x80; at += 0x10)
        {
            Assert.Equal(Read(_model, InService + at), Read(_machine, InService + at));
            Assert.Equal(Read(_model, Request + at), Read(_machine, Request + at));
        }

        Assert.Equal(Read(_model, Priority), Read(_machine, Priority));
    }

    private static void Write(PcMachine machine, uint offset, uint value) =>
        ApicAccess.WriteMemory(&machine.Vm->Board, offset, 4, value);

    private static uint Read(PcMachine machine, uint offset) =>
        (uint)ApicAccess.ReadMemory(&machine.Vm->Board, offset, 4);

    private static int Deliver(PcMachine machine, uint vector)
    {
        machine.Vm->Board.Apic->Accept(vector, isLevel: false);
        return machine.Vm->Board.Apic->Interrupt ? machine.Vm->Board.Apic->Acknowledge() : 0;
    }

    // As a guest does it, in one instruction.
    private bool Skip()
    {
        byte value = 0;
        Assert.Equal(Resolution.Mapped, _memory->Read(new Gpa(Place), new(ref value)));
        Assert.Equal(Resolution.Mapped, _memory->Load(new Gpa(Place), [0]));
        Assert.InRange(value, 0, 1);
        return value == 1;
    }

    private int End()
    {
        Write(_machine, Eoi, 0);
        return 0;
    }

    private bool Set(ulong value) => KvmMsrs.TryWrite(Board, _memory, (uint)Msr.KvmEoi, value, 0, 1);
}
