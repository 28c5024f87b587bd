// The software processor outside VMX: what it refuses.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed unsafe class OrdinaryStateTests
{
    [Fact]
    public void UnknownMsrsFault()
    {
        Cpu.Soft = Presets.SkylakeX();
        ulong value;
        Assert.False(Cpu.TryReadMsr(0x1234, &value));
        Assert.False(Cpu.TryWriteMsr(0x1234, 0));
        Assert.Contains("RDMSR 1234", VmxMachine.Refusal(() => Cpu.ReadMsr(0x1234)));
        Assert.Contains("WRMSR 1234", VmxMachine.Refusal(() => Cpu.WriteMsr(0x1234, 1)));
    }

    [Theory]
    [InlineData(0xC000_0080u, 0x0D01ul, true)]
    [InlineData(0xC000_0080u, 0x0C01ul, false)] // LME while paging
    [InlineData(0xC000_0080u, 0x1D01ul, false)]
    [InlineData(0xC000_0100u, 0x0000_8000_0000_0000ul, false)]
    [InlineData(0xC000_0102u, 0xFFFF_8000_0000_0000ul, true)]
    [InlineData(0xC000_0084u, 0x1_0000_0000ul, false)]
    [InlineData(0x277u, 0x0007_0406_0007_0405ul, true)]
    [InlineData(0x277u, 0x0007_0406_0007_0402ul, false)]
    [InlineData(0x277u, 0x0807_0406_0007_0406ul, false)]
    [InlineData(0x480u, 0ul, false)]
    [InlineData(0x493u, 0ul, false)]
    [InlineData(0xFEu, 0ul, false)]
    [InlineData(0x200u, 0xC000_0002ul, false)]
    [InlineData(0x201u, 0xFFFF_C000_0800ul, true)]
    [InlineData(0x201u, 1ul << 48, false)]
    [InlineData(0x2FFu, 0xC02ul, false)]
    [InlineData(0xDA0u, 0x100ul, false)]
    [InlineData(0x1D9u, 0x4ul, false)]
    [InlineData(0x1Bu, 0xFEE0_0D00ul, true)]
    [InlineData(0x1Bu, 0xFEE0_0500ul, false)]
    public void MsrValuesAreJudged(uint msr, ulong value, bool allowed)
    {
        Cpu.Soft = Presets.SkylakeX();
        Assert.Equal(allowed, Cpu.TryWriteMsr(msr, value));
    }

    [Fact]
    public void ALockedFeatureControlStays()
    {
        Cpu.Soft = Presets.SkylakeX();
        Assert.True(Cpu.TryWriteMsr((uint)Msr.FeatureControl, 5));
        Assert.False(Cpu.TryWriteMsr((uint)Msr.FeatureControl, 1));
        Assert.Equal(5ul, Cpu.ReadMsr(Msr.FeatureControl));
    }

    // Nobody sets LMA by WRMSR.
    [Fact]
    public void LongModeActiveIsTheProcessors()
    {
        Cpu.Soft = Presets.SkylakeX();
        Cpu.WriteMsr(Msr.Efer, 0x900);
        Assert.Equal(0xD00ul, Cpu.ReadMsr(Msr.Efer) | 0x400);
        Assert.Equal(0x400ul, Cpu.ReadMsr(Msr.Efer) & 0x400);
    }

    [Theory]
    [InlineData(0x8001_0033ul, null)]
    [InlineData(0x8001_0032ul, "PG without PE")]
    [InlineData(0x0001_0033ul, "PG cleared")]
    [InlineData(0xA001_0033ul, "NW without CD")]
    [InlineData(0x8001_0073ul, "reserved")]
    public void Cr0IsJudged(ulong value, string refusal)
    {
        Cpu.Soft = Presets.SkylakeX();
        Judge(() => Cpu.WriteCr0(value), refusal);
    }

    [Theory]
    [InlineData(0x4_2668ul, null)]
    [InlineData(0x648ul, "PAE cleared")]
    [InlineData(0x1668ul, "reserved")]
    [InlineData(0x100_0668ul, "reserved")]
    public void Cr4IsJudged(ulong value, string refusal)
    {
        Cpu.Soft = Presets.SkylakeX();
        Judge(() => Cpu.WriteCr4(value), refusal);
    }

    [Fact]
    public void PcidNeedsAnEmptyOne()
    {
        Cpu.Soft = Presets.SkylakeX();
        Cpu.WriteCr3(0x1001);
        Judge(() => Cpu.WriteCr4(0x2_0668), "PCID");
        Cpu.WriteCr3(0x1000);
        Cpu.WriteCr4(0x2_0668);
        Judge(() => Cpu.WriteCr3(1ul << 48), "width");
    }

    [Theory]
    [InlineData(1ul, true)]
    [InlineData(7ul, true)]
    [InlineData(0xE7ul, true)]
    [InlineData(0ul, false)]
    [InlineData(5ul, false)]
    [InlineData(0x67ul, false)]
    [InlineData(0x1Ful, false)]
    public void Xcr0IsJudged(ulong value, bool allowed)
    {
        Cpu.Soft = Presets.SkylakeX();
        Assert.Contains("OSXSAVE", VmxMachine.Refusal(() => Cpu.ReadXcr0()));
        Assert.Contains("OSXSAVE", VmxMachine.Refusal(() => Cpu.TryWriteXcr0(1)));
        CpuidResult leaf;
        Cpu.Cpuid(1, 0, &leaf);
        Assert.Equal(0u, leaf.Ecx & (1u << 27));
        Cpu.WriteCr4(Cpu.ReadCr4() | (ulong)Cr4.OsXsave);
        Cpu.Cpuid(1, 0, &leaf);
        Assert.NotEqual(0u, leaf.Ecx & (1u << 27));
        Assert.Equal(allowed, Cpu.TryWriteXcr0(value));
        Assert.Equal(allowed ? value : 1, Cpu.ReadXcr0());
    }

    [Fact]
    public void PortsAreThoseOfTheTest()
    {
        SoftProcessor processor = Cpu.Soft = Presets.SkylakeX();
        Assert.Contains("3F8", VmxMachine.Refusal(() => Cpu.Out8(0x3F8, 1)));
        Assert.Contains("3FD", VmxMachine.Refusal(() => Cpu.In8(0x3FD)));
        processor.Ports.OnRead(0x3FD, _ => 0x60);
        processor.Ports.Allow(0x3F8);
        Assert.Equal(0x60, Cpu.In8(0x3FD));
        Cpu.Out8(0x3F8, (byte)'x');
        Assert.Equal([(0x3F8, 1, 'x')], processor.Ports.Written);
        Assert.Equal(0xFF, Cpu.In8(0x3F8));
    }

    [Fact]
    public void TheTscIsOneCounter()
    {
        SoftProcessor processor = Cpu.Soft = Presets.SkylakeX();
        processor.Tsc = 1000;
        Assert.Equal(1000ul, Cpu.ReadMsr(Msr.TimeStampCounter));
        Assert.True(Cpu.ReadTsc() > 1000);
        Cpu.WriteMsr(Msr.TimeStampCounter, 5);
        Assert.Equal(5ul, processor.Tsc);
    }

    [Fact]
    public void MemoryIsOnlyWhatTheProcessorWasGiven()
    {
        SoftProcessor processor = Presets.SkylakeX();
        var frame = processor.Memory.Allocate(2);
        Assert.Equal(0xCC, processor.Memory.Read<byte>(frame));
        processor.Memory.Write(frame + 0x1FF8, 5ul);
        Assert.Equal(5ul, processor.Memory.Read<ulong>(frame + 0x1FF8));
        Assert.Contains("no memory", VmxMachine.Refusal(() => processor.Memory.Read<ulong>(frame + 0x1FF9)));
        Assert.Contains("no memory", VmxMachine.Refusal(() => processor.Memory.Read<ulong>(new(8))));
    }

    private static void Judge(System.Action action, string refusal)
    {
        if (refusal == null)
        {
            action();
        }
        else
        {
            Assert.Contains(refusal, VmxMachine.Refusal(action));
        }
    }
}
