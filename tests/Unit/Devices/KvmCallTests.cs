// What a guest asks of KVM: a message to many processors by one call, and the account of the time that others had.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class KvmCallTests : IDisposable
{
    private const ulong Unknown = unchecked((ulong)-1000), Invalid = unchecked((ulong)-22);
    private const ulong NotPermitted = unchecked((ulong)-1);

    private readonly PcMachine _machine = new();
    private readonly List<nint> _blocks = [];
    private GuestRegisters _registers;

    public KvmCallTests()
    {
        for (uint id = 1; id < 6; id++)
        {
            _machine.Vm->Add((Vcpu*)Block(sizeof(Vcpu)));
            Board->At(id)->Reset((byte*)Block(4096), id);
        }

        for (uint id = 0; id < 6; id++)
        {
            Board->At(id)->TryWrite(ApicRegister.SpuriousVector, 0x1FF, 0);
        }

        Board->Hypervisor = HypervisorKind.Kvm;
    }

    private Board* Board => &_machine.Vm->Board;

    public void Dispose()
    {
        _blocks.ForEach(block => NativeMemory.Free((void*)block));
        _machine.Dispose();
    }

    // Which processors, by two bitmaps and the first one's number; how many, and who has got the vector.
    [Theory]
    [InlineData(true, 0b101011ul, 0ul, 0ul, "0 1 3 5")]
    [InlineData(true, 0b11ul, ulong.MaxValue, 4ul, "4 5")]
    [InlineData(true, 0ul, ulong.MaxValue, 0ul, "")]
    [InlineData(true, ulong.MaxValue, ulong.MaxValue, 2ul, "2 3 4 5")]
    [InlineData(true, ulong.MaxValue, ulong.MaxValue, 6ul, "")]
    [InlineData(true, ulong.MaxValue, ulong.MaxValue, 0xFFFF_FFFFul, "")]
    [InlineData(true, ulong.MaxValue, ulong.MaxValue, 0xFFFF_FFC4ul, "")]
    [InlineData(false, 0xFFFF_FFFF_0000_0002ul, 0ul, 0xF_0000_0001ul, "2")]
    [InlineData(false, 0x2ul, 0xFFFF_FFFF_0000_0000ul, 0ul, "1")]
    public void MessageGoesToWhomTheBitmapNames(bool is64Bit, ulong low, ulong high, ulong first, string expected)
    {
        Assert.Equal((ulong)expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length,
            Call(is64Bit, 10, low, high, first, 0x4041));
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, 6).Where(HasVector)));
        Assert.Equal(expected.Contains('0'), _machine.IsInterrupted);
    }

    [Fact]
    public void NonMaskableOnesGoToo()
    {
        Board->At(2)->IsStarted = true;
        Assert.Equal(1ul, Call(true, 10, 0b100, 0, 0, 0x4400));
        Assert.True(_machine.Vm->At(2)->Events.HasNmi);
        Assert.False(_machine.Vm->At(1)->Events.HasNmi);
    }

    // One whose local APIC is off gets none.
    [Fact]
    public void WhoIsOffIsNotCounted()
    {
        Board->At(1)->SetBase(0);
        Assert.Equal(1ul, Call(true, 10, 0b110, 0, 0, 0x4041));
    }

    [Theory]
    [InlineData(10ul, 0x4_4041ul, 0u, Invalid)]
    [InlineData(10ul, 0x4841ul, 0u, Invalid)]
    [InlineData(10ul, 0x4041ul, 3u, NotPermitted)]
    [InlineData(9ul, 0x4041ul, 0u, Unknown)]
    [InlineData(0x1_0000_000Aul, 0x4041ul, 0u, Unknown)]
    public void OtherCallsSendNothing(ulong number, ulong command, uint cpl, ulong expected)
    {
        Assert.Equal(expected, Call(true, number, 0xFF, 0, 0, command, cpl));
        Assert.DoesNotContain(Enumerable.Range(0, 6), HasVector);
        Board->Hypervisor = HypervisorKind.MinusOne;
        Assert.Equal(Unknown, Call(true, 10, 0xFF, 0, 0, 0x4041));
        Assert.Equal(Unknown, Call(false, 10, 0xFF, 0, 0, 0x4041));
    }

    [Fact]
    public void StolenTimeIsTold()
    {
        using var fixture = new GuestFixture(64, 0);
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, default, 0x2000));
        Assert.False(Set(ref memory, 0x1003));
        Assert.False(Set(ref memory, 0x1021));
        Assert.False(Board->Apic->Steal.IsOn);
        Assert.True(Set(ref memory, 0x1041));
        Assert.True(Board->Apic->Steal.IsOn);

        // The account begins with the first turn, whatever was before; 3 GHz.
        Assert.Equal((0ul, 2u), Tell(ref memory, 1_000));
        Assert.Equal((1_000ul, 4u), Tell(ref memory, 4_000));
        Assert.Equal((3_600_000_000_000ul, 6u), Tell(ref memory, 1_000 + (3_000_000_000ul * 3600)));
        memory.Load(new Gpa(0x1048), [0xFF, 0, 0, 0]);
        Assert.Equal((3_600_000_000_000ul, 0x100u), Tell(ref memory, 1_000 + (3_000_000_000ul * 3600)));
        Assert.True(Set(ref memory, 0x1040));
        Assert.False(Board->Apic->Steal.IsOn);
        Assert.True(Set(ref memory, 0xFFFF_FFC1));
        Board->Apic->Steal.Tell(&memory, 5, 0);
        Board->Apic->Init();
        Assert.False(Board->Apic->Steal.IsOn);
        Assert.True(memory.Release());
    }

    private static (ulong Steal, uint Version) Read(ref GuestMemory memory)
    {
        byte[] bytes = new byte[20];
        Assert.Equal(Resolution.Mapped, memory.Read(new Gpa(0x1040), bytes));
        Assert.Equal(0u, BitConverter.ToUInt32(bytes, 12));
        return (BitConverter.ToUInt64(bytes), BitConverter.ToUInt32(bytes, 8));
    }

    private (ulong Steal, uint Version) Tell(ref GuestMemory memory, ulong waited)
    {
        fixed (GuestMemory* place = &memory)
        {
            Board->Apic->Steal.Tell(place, waited, 3_000_000_000);
        }

        return Read(ref memory);
    }

    private bool Set(ref GuestMemory memory, ulong value)
    {
        fixed (GuestMemory* place = &memory)
        {
            return KvmMsrs.TryWrite(Board, place, (uint)Msr.KvmStealTime, value, 0, 1);
        }
    }

    private ulong Call(bool is64Bit, ulong number, ulong low, ulong high, ulong first, ulong command, uint cpl = 0)
    {
        (_registers.Rax, _registers.Rbx, _registers.Rcx) = (number, low, high);
        (_registers.Rdx, _registers.Rsi) = (first, command);
        return KvmCalls.Answer(Board, ref _registers, is64Bit, cpl);
    }

    private bool HasVector(int id) =>
        Board->At((uint)id)->TryRead(ApicRegister.InterruptRequest + 0x20, 0, out uint word) && (word & 2) != 0;

    private void* Block(int bytes)
    {
        void* block = NativeMemory.AllocZeroed((nuint)bytes);
        _blocks.Add((nint)block);
        return block;
    }
}
