// Every preset processor announces only what can be read, and hv/ sees in each what it lacks.

using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class PresetTests
{
    public static IEnumerable<object[]> Names => Presets.All.Keys.Select(name => new object[] { name });

    // Expected by name; every other one can run a hypervisor.
    private static readonly Dictionary<string, Refusal> s_refusals = new()
    {
        [nameof(Presets.LockedOff)] = Refusal.LockedOff,
        [nameof(Presets.NoSecondaryControls)] = Refusal.NoSecondaryControls,
        [nameof(Presets.NoEpt)] = Refusal.NoEpt,
        [nameof(Presets.NoUnrestrictedGuest)] = Refusal.NoUnrestrictedGuest,
        [nameof(Presets.NoMsrBitmaps)] = Refusal.NoMsrBitmaps,
        [nameof(Presets.Amd)] = Refusal.NoSvm,
        [nameof(Presets.SvmLockedOff)] = Refusal.SvmLockedOff,
        [nameof(Presets.NoNestedPaging)] = Refusal.NoNestedPaging,
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void VerdictFits(string name)
    {
        Cpu.Soft = Presets.All[name]();
        Assert.Equal(s_refusals.GetValueOrDefault(name, Refusal.None), CpuFacts.Read().Verdict);
    }

    // A bit that must be 1 may be 1; the plain word insists on everything the TRUE one does.
    [Theory]
    [MemberData(nameof(Names))]
    public void ControlWordsAreConsistent(string name)
    {
        Dictionary<uint, ulong> msrs = Presets.All[name]().Msrs;
        foreach ((Msr plain, Msr precise) in new[]
        {
            (Msr.VmxPinControls, Msr.VmxTruePinControls),
            (Msr.VmxPrimaryControls, Msr.VmxTruePrimaryControls),
            (Msr.VmxExitControls, Msr.VmxTrueExitControls),
            (Msr.VmxEntryControls, Msr.VmxTrueEntryControls),
        })
        {
            if (msrs.TryGetValue((uint)plain, out ulong word))
            {
                Assert.Equal(0ul, (uint)word & ~(word >> 32));
                ulong exact = msrs.GetValueOrDefault((uint)precise, word);
                Assert.Equal(word >> 32, exact >> 32);
                Assert.Equal(0ul, (uint)exact & ~(uint)word);
            }
        }
    }

    [Fact]
    public void SkylakeXIsTheMeasuredOne()
    {
        Cpu.Soft = Presets.SkylakeX();
        CpuFacts facts = CpuFacts.Read();
        Assert.Equal((6u, 0x55u, 4u), (facts.Processor.Family, facts.Processor.Model, facts.Processor.Stepping));
        Assert.Equal((48, true), (facts.Processor.PhysicalAddressBits, facts.Processor.HasPages1G));
        Assert.Equal(0x2Bu, facts.Vmx.Basic.RevisionId);
        Assert.Equal((0x0400_6172u, 0xF7F9_FFFEu), (facts.Vmx.Primary.MustBeOneBits, facts.Vmx.Primary.MayBeOneBits));
        Assert.Equal(0x0217_7FFFu, facts.Vmx.Secondary.MayBeOneBits);
        Assert.Equal(0x0000_0F01_0633_4141ul, facts.Vmx.EptVpid.Raw);
        Assert.False(facts.FeatureControl.IsLocked);
        Assert.False(facts.Processor.UnderHypervisor);
    }

    [Fact]
    public void DegradedOnesLackOneThing()
    {
        Assert.Equal(0x0401_E172u, Read(Presets.NoTrueControls()).Vmx.Primary.MustBeOneBits);
        Assert.False(Read(Presets.NoAccessedDirty()).Vmx.EptVpid.AccessedAndDirty);
        Assert.False(Read(Presets.NoPages1G()).Vmx.EptVpid.Pages1G);
        Assert.True(Read(Presets.NoPages1G()).Vmx.EptVpid.Pages2M);
        Assert.False(Read(Presets.NoPages2M()).Vmx.EptVpid.Pages2M);
        Assert.False(Read(Presets.NoVpid()).Has(SecondaryControls.EnableVpid));
        Assert.False(Read(Presets.NoVpid()).Vmx.EptVpid.Invvpid);
        Assert.False(Read(Presets.NoPreemptionTimer()).Has(PinControls.PreemptionTimer));
        Assert.False(Read(Presets.NoInvpcid()).Has(SecondaryControls.EnableInvpcid));
        Assert.False(Read(Presets.NoXsaves()).Has(SecondaryControls.EnableXsavesXrstors));
        Assert.False(Read(Presets.NoInveptSingleContext()).Vmx.EptVpid.InveptSingleContext);
        Assert.False(Read(Presets.NoVirtualNmis()).Has(PinControls.VirtualNmis));
        Assert.Equal(5, Read(Presets.SlowPreemptionTimer()).Vmx.Misc.PreemptionTimerShift);
        Assert.True(Read(Presets.LockedOn()).FeatureControl.AllowsVmx);
    }

    private static CpuFacts Read(SoftProcessor processor)
    {
        Cpu.Soft = processor;
        return CpuFacts.Read();
    }
}
