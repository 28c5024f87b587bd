// The hypervisor that a guest is told of, and KVM's clock: what the guest reads, carried out as its documentation says,
// is the time.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class HypervisorTests : IDisposable
{
    private const ulong Memory = 0x2000;
    private const ulong Beginning = 719_468UL * 86_400 + 1_700_000_000;

    private readonly GuestFixture _fixture;
    private GuestMemory _guest;
    private Board _board;

    public HypervisorTests()
    {
        Cpu.Soft = Presets.SkylakeX();
        _fixture = new GuestFixture(64, 0);
        _guest = _fixture.Create(Memory >> 12);
        Assert.Equal(RegionStatus.Added, _guest.AddRegion(GuestRegionKind.Ram, default, Memory));
        _board.Hypervisor = HypervisorKind.Kvm;
        _board.Cmos.Reset(Beginning);
    }

    public void Dispose()
    {
        _guest.Release();
        _fixture.Dispose();
    }

    [Theory]
    [InlineData("kvm", "Kvm")]
    [InlineData("minusone", "MinusOne")]
    [InlineData("none", "None")]
    [InlineData("KVM", "Usual")]
    [InlineData("", "Usual")]
    public void KindsHaveWords(string word, string name)
    {
        HypervisorKind kind = Enum.Parse<HypervisorKind>(name);
        Assert.Equal(
            kind != HypervisorKind.Usual,
            HypervisorKinds.TryParse(System.Text.Encoding.ASCII.GetBytes(word), out HypervisorKind found));
        Assert.Equal(kind, found);
    }

    [Theory]
    [InlineData("Usual", 0, 0x4000_0010u, 0x756E_694Du)]
    [InlineData("MinusOne", 0x10, 2_000_000u, 100_000u)]
    [InlineData("MinusOne", 2, 0u, 0u)]
    [InlineData("Kvm", 0, 0x4000_0001u, 0x4B4D_564Bu)]
    [InlineData("Kvm", 1, 0x0100_000Au, 0u)]
    [InlineData("Kvm", 0x10, 0u, 0u)]
    public void LeavesAreTheKinds(string name, uint index, uint eax, uint ebx)
    {
        HypervisorKind kind = Enum.Parse<HypervisorKind>(name);
        CpuidResult result = Answer(index, kind);
        Assert.Equal((eax, ebx), (result.Eax, result.Ebx));
    }

    // A guest with local APICs is told of more, but of ends of interrupts by a bit only where they would exit.
    [Theory]
    [InlineData(false, 0x0100_086Au)]
    [InlineData(true, 0x0100_082Au)]
    public void FeaturesAreThoseThatThereAre(bool isVirtual, uint expected)
    {
        using var machine = new PcMachine();
        Board* board = &machine.Vm->Board;
        board->Hypervisor = HypervisorKind.Kvm;
        if (isVirtual)
        {
            board->Apic->MakeVirtual();
        }

        Assert.Equal(expected, HypervisorLeaves.Answer(0x4000_0001, board, 1).Eax);
        fixed (GuestMemory* memory = &_guest)
        {
            for (uint msr = 0x4B56_4D00; msr < 0x4B56_4D10; msr++)
            {
                bool isThere = (msr & 0xF) is 0 or 1 or 3 || ((msr & 0xF) == 4 && !isVirtual);
                Assert.Equal(isThere, KvmMsrs.TryWrite(board, memory, msr, 0x100, 0, 1));
            }
        }
    }

    // To within 1 in 10^9, over an hour.
    [Theory]
    [InlineData(100_000_000ul)]
    [InlineData(2_194_691_123ul)]
    [InlineData(1_000_000_000ul)]
    [InlineData(999_999_999ul)]
    [InlineData(25_000_000_000ul)]
    [InlineData(1ul)]
    public void TicksBecomeNanoseconds(ulong hertz)
    {
        ulong multiplier = KvmClock.Scale(hertz, out int shift);
        UInt128 ticks = (UInt128)hertz * 3600;
        UInt128 nanoseconds = ((shift < 0 ? ticks >> -shift : ticks << shift) * multiplier) >> 32;
        Assert.InRange((double)nanoseconds, 3.6e12 * (1 - 1e-9) - 2, 3.6e12 * (1 + 1e-9));
        Assert.True(multiplier >> 31 == 1);
    }

    [Fact]
    public void TheGuestFindsTheTimeAtItsAddress()
    {
        Assert.True(Write(Msr.KvmSystemTime, 0x1FC1, start: 0x1_2345_6789));
        Assert.Equal(2u, Read32(0x1FC0));
        Assert.Equal(0x1_2345_6789ul, Read32(0x1FC8) | ((ulong)Read32(0x1FCC) << 32));
        Assert.Equal((0xA000_0000u, 0x0000_0104u), (Read32(0x1FD8), Read32(0x1FDC)));
        Assert.True(Write(Msr.KvmWallClock, 0x800));
        Assert.Equal((2u, 1_700_000_000u, 0u), (Read32(0x800), Read32(0x804), Read32(0x808)));
    }

    [Fact]
    public void OddAddressesAndOtherHypervisorsAreRefused()
    {
        Assert.False(Write(Msr.KvmSystemTime, 0x103));
        Assert.False(Write(Msr.KvmWallClock, 0x101));
        Assert.True(Write(Msr.KvmSystemTime, 0x100));
        Assert.Equal(0u, Read32(0x100));
        _board.Hypervisor = HypervisorKind.MinusOne;
        Assert.False(Write(Msr.KvmSystemTime, 0x101));
    }

    // Over its end, and where there is none at all.
    [Theory]
    [InlineData(0x1FF1ul)]
    [InlineData(0xFFFF_FFFF_FFFF_FFF1ul)]
    public void AnAddressOutsideItsMemoryHarmsNobody(ulong value) => Assert.True(Write(Msr.KvmSystemTime, value));

    private CpuidResult Answer(uint index, HypervisorKind kind)
    {
        _board.Hypervisor = kind;
        fixed (Board* board = &_board)
        {
            return HypervisorLeaves.Answer(0x4000_0000 + index, board, 2_000_000_000);
        }
    }

    private bool Write(Msr msr, ulong value, ulong start = 0)
    {
        fixed (Board* board = &_board)
        fixed (GuestMemory* memory = &_guest)
        {
            return KvmMsrs.TryWrite(board, memory, (uint)msr, value, start, 100_000_000);
        }
    }

    private uint Read32(ulong address)
    {
        byte[] bytes = new byte[4];
        Assert.Equal(Resolution.Mapped, _guest.Read(new Gpa(address), bytes));
        return BitConverter.ToUInt32(bytes);
    }
}
