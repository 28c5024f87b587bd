// The auditor over the processor's current VMCS, as it runs after a failed entry.

using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

public sealed unsafe class CurrentVmcsTests
{
    private static readonly Hpa s_noMemory = new(0ul);

    [Theory]
    [InlineData(nameof(GoodVmcs.RealMode))]
    [InlineData(nameof(GoodVmcs.Protected32))]
    [InlineData(nameof(GoodVmcs.Pae32))]
    [InlineData(nameof(GoodVmcs.Long64))]
    [InlineData(nameof(GoodVmcs.Virtual8086))]
    public void GoodVmcsIsGoodForTheEmulatedProcessor(string kind)
    {
        var machine = new VmxMachine();
        Hpa region = Load(machine, AuditorTests.Good(kind));
        uint before = machine.InstructionError;
        Assert.Empty(Explain(region));

        // Not one field was read that this processor does not have.
        Assert.Equal(before, machine.InstructionError);
    }

    [Fact]
    public void BrokenVmcsIsExplained()
    {
        var machine = new VmxMachine();
        Hpa region = Load(machine, GoodVmcs.Long64());
        Vmcs.Write(VmcsNatural.GuestRflags, 0);
        Vmcs.Write(Vmcs64.VmcsLinkPointer, region.Value);
        Assert.Equal(
            "audit: guest state: a reserved bit of guest RFLAGS has the wrong value; GuestRflags (6820) = 0\n"
                + "audit: guest state: the VMCS link pointer must not lead to this VMCS; "
                + $"VmcsLinkPointer (2800) = {region.Value:X}\n",
            Explain(region));
    }

    [Fact]
    public void MissingFieldReadsAsZero()
    {
        var machine = new VmxMachine();
        Hpa region = Load(machine, GoodVmcs.Long64());
        Assert.Equal(0ul, new CurrentVmcs(region, s_noMemory).Read((uint)Vmcs64.HlatPointer));
    }

    [Fact]
    public void MemoryIsReadInsideItsBoundsOnly()
    {
        ulong* words = stackalloc ulong[2] { 0x1122_3344_5566_7788, 0x99 };
        var start = new Hpa(words);
        var reader = new CurrentVmcs(start, start + 15);
        ulong value;
        Assert.True(reader.TryRead(start, &value));
        Assert.Equal(0x1122_3344_5566_7788ul, value);
        Assert.False(reader.TryRead(start + 8, &value));
        Assert.False(reader.TryRead(new Hpa(0xFFFul), &value));
    }

    private static Hpa Load(VmxMachine machine, VmcsImage vmcs)
    {
        Hpa region = machine.LoadVmcs();
        VmcsImageLoader.Load(vmcs, machine.Processor.Vmx.Capabilities);
        return region;
    }

    private static string Explain(Hpa region)
    {
        AuditFindings findings = default;
        new EntryAudit<CurrentVmcs>(
            new CurrentVmcs(region, s_noMemory), VmxCapabilities.Read(), RegisterLimits.Read(), ref findings).Check();
        Host.Written(Output.Log).Clear();
        AuditReport.Write(findings);
        return Encoding.ASCII.GetString([.. Host.Written(Output.Log)]);
    }
}
