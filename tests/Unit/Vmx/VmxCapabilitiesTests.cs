// Capabilities as read from processors of different age: an MSR that is not announced is not read (the software
// processor throws on it), and counts as "may not be 1".

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx;

public sealed class VmxCapabilitiesTests
{
    private const ulong SecondaryAllowed = 1ul << 63;

    [Fact]
    public void Emulated()
    {
        SoftProcessor processor = First();
        processor.Msrs[(uint)Msr.VmxBasic] = 0x00D8_1000_0000_002B;
        processor.Msrs[(uint)Msr.VmxTruePinControls] = 0x0000_007F_0000_0016;
        processor.Msrs[(uint)Msr.VmxTruePrimaryControls] = 0xF7F9_FFFE_0400_6172;
        processor.Msrs[(uint)Msr.VmxTrueExitControls] = 0x007F_FFFF_0003_6DFB;
        processor.Msrs[(uint)Msr.VmxTrueEntryControls] = 0x0000_FFFF_0000_11FB;
        processor.Msrs[(uint)Msr.VmxSecondaryControls] = 0x0217_7FFF_0000_0000;
        processor.Msrs[(uint)Msr.VmxEptVpidCap] = 0x0000_0F01_0633_4141;
        processor.Msrs[(uint)Msr.VmxVmFunctions] = 1;
        VmxCapabilities capabilities = Read(processor);
        Assert.Equal(0x0400_6172u, capabilities.Primary.MustBeOneBits);
        Assert.True(capabilities.Secondary.MayBeOne((uint)SecondaryControls.UnrestrictedGuest));
        Assert.True(capabilities.EptVpid.Pages1G);
        Assert.Equal((0ul, 0ul), (capabilities.TertiaryMayBeOne, capabilities.SecondaryExitMayBeOne));
        Assert.Equal(1ul, capabilities.VmFunctions);
    }

    [Fact]
    public void FirstProcessorWithVmx()
    {
        VmxCapabilities capabilities = Read(First());
        Assert.False(capabilities.Basic.TrueControls);
        Assert.Equal(0x0401_E172u, capabilities.Primary.MustBeOneBits);
        Assert.Equal(0u, capabilities.Secondary.MayBeOneBits);
        Assert.Equal(0ul, capabilities.EptVpid.Raw);
        Assert.Equal(0x8000_0021ul, capabilities.Cr0MustBeOne);
    }

    [Fact]
    public void SecondaryControlsWithoutEptAndVpid()
    {
        SoftProcessor processor = First();
        processor.Msrs[(uint)Msr.VmxPrimaryControls] |= SecondaryAllowed;
        processor.Msrs[(uint)Msr.VmxSecondaryControls] = 0x0000_0041_0000_0000;
        VmxCapabilities capabilities = Read(processor);
        Assert.Equal(0x41u, capabilities.Secondary.MayBeOneBits);
        Assert.Equal(0ul, capabilities.EptVpid.Raw);
    }

    [Fact]
    public void VpidAloneHasItsCapabilities()
    {
        SoftProcessor processor = First();
        processor.Msrs[(uint)Msr.VmxPrimaryControls] |= SecondaryAllowed;
        processor.Msrs[(uint)Msr.VmxSecondaryControls] = 0x0000_0020_0000_0000;
        processor.Msrs[(uint)Msr.VmxEptVpidCap] = 0x0000_0F01_0000_0000;
        Assert.True(Read(processor).EptVpid.Invvpid);
    }

    [Fact]
    public void TertiaryAndSecondaryExitControls()
    {
        SoftProcessor processor = First();
        processor.Msrs[(uint)Msr.VmxPrimaryControls] |= 1ul << (32 + 17);
        processor.Msrs[(uint)Msr.VmxExitControls] |= 1ul << 63;
        processor.Msrs[(uint)Msr.VmxTertiaryControls] = 0x10;
        processor.Msrs[(uint)Msr.VmxSecondaryExitControls] = 0x8;
        VmxCapabilities capabilities = Read(processor);
        Assert.Equal((0x10ul, 8ul), (capabilities.TertiaryMayBeOne, capabilities.SecondaryExitMayBeOne));
    }

    [Fact]
    public void WantedAllowedEffective()
    {
        var allowed = new AllowedControls(0x0000_00FE_0000_0016);
        Assert.Equal(0x56u, allowed.Effective(0x41));
        Assert.True(allowed.MayBeOne(0x40));
        Assert.False(allowed.MayBeOne(0x41));
        Assert.True(allowed.HasMustBeOne(0x17));
        Assert.False(allowed.HasMustBeOne(0x14));
    }

    [Fact]
    public void LimitsOfAnOldProcessor()
    {
        Cpu.Soft = new SoftProcessor();
        RegisterLimits limits = RegisterLimits.Read();
        Assert.Equal((36, 48, 0ul), (limits.PhysicalAddressBits, limits.LinearAddressBits, limits.PerfGlobalCtrl));
        Assert.Equal(0ul, (ulong)(limits.Efer & Efer.ExecuteDisableEnable));
        Assert.Equal(0x7FC3ul, (ulong)limits.DebugCtl);
        Assert.False(limits.HasSgx || limits.HasRtm || limits.HasBusLockDetect || limits.HasLinearAddressMasking);
    }

    [Fact]
    public void LimitsOfANewProcessor()
    {
        var processor = new SoftProcessor();
        processor.CpuidLeaves[(0, 0)] = new CpuidResult { Eax = 0x20 };
        processor.CpuidLeaves[(7, 0)] = new CpuidResult { Eax = 2, Ebx = (1u << 2) | (1u << 11), Ecx = 1u << 24 };
        processor.CpuidLeaves[(7, 1)] = new CpuidResult { Eax = 1u << 26 };
        processor.CpuidLeaves[(0xA, 0)] = new CpuidResult { Eax = 0x0730_0805, Edx = 4 };
        processor.CpuidLeaves[(0x8000_0000, 0)] = new CpuidResult { Eax = 0x8000_0008 };
        processor.CpuidLeaves[(0x8000_0001, 0)] = new CpuidResult { Edx = 1u << 20 };
        processor.CpuidLeaves[(0x8000_0008, 0)] = new CpuidResult { Eax = 0x3934 };
        Cpu.Soft = processor;
        RegisterLimits limits = RegisterLimits.Read();
        Assert.Equal((52, 57), (limits.PhysicalAddressBits, limits.LinearAddressBits));
        Assert.Equal(0xFFF0_0000_0000_0000ul, limits.BeyondPhysical);
        Assert.Equal(0x1_000F_0000_00FFul, limits.PerfGlobalCtrl);
        Assert.Equal(0xFFC7ul, (ulong)limits.DebugCtl);
        Assert.Equal(0xD01ul, (ulong)limits.Efer);
        Assert.True(limits.HasSgx && limits.HasRtm && limits.HasBusLockDetect && limits.HasLinearAddressMasking);
        Assert.True(limits.IsCanonical(0xFF00_0000_0000_0000));
        Assert.False(limits.IsCanonical(0x0100_0000_0000_0000));
        Assert.False(RegisterLimits.IsCanonical(0x8000_0000_0000, 48));
        Assert.True(RegisterLimits.IsCanonical(0xFFFF_8000_0000_0000, 48));
    }

    // No TRUE controls, no secondary controls: the MSRs up to 0x48A and no other.
    private static SoftProcessor First()
    {
        var processor = new SoftProcessor();
        processor.Msrs[(uint)Msr.VmxBasic] = 0x0018_0400_0000_0007;
        processor.Msrs[(uint)Msr.VmxPinControls] = 0x0000_001F_0000_0016;
        processor.Msrs[(uint)Msr.VmxPrimaryControls] = 0x77B9_FFFE_0401_E172;
        processor.Msrs[(uint)Msr.VmxExitControls] = 0x0003_EFFF_0003_6DFF;
        processor.Msrs[(uint)Msr.VmxEntryControls] = 0x0000_1FFF_0000_11FF;
        processor.Msrs[(uint)Msr.VmxMisc] = 0x0004_03C0;
        processor.Msrs[(uint)Msr.VmxCr0Fixed0] = 0x8000_0021;
        processor.Msrs[(uint)Msr.VmxCr0Fixed1] = 0xFFFF_FFFF;
        processor.Msrs[(uint)Msr.VmxCr4Fixed0] = 0x2000;
        processor.Msrs[(uint)Msr.VmxCr4Fixed1] = 0x27FF;
        processor.Msrs[(uint)Msr.VmxVmcsEnum] = 0x2C;
        return processor;
    }

    private static VmxCapabilities Read(SoftProcessor processor)
    {
        Cpu.Soft = processor;
        return VmxCapabilities.Read();
    }
}
