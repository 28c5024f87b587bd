// A software processor in VMX operation, brought there step by step and not through hv/: what the tests of the model
// start from.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

internal sealed class VmxMachine
{
    public const uint Revision = 0x2B;

    public VmxMachine()
        : this(Presets.SkylakeX())
    {
    }

    public VmxMachine(SoftProcessor processor)
    {
        Processor = processor;
        Cpu.Soft = processor;
        VmxonRegion = Region();
        processor.Msrs[(uint)Msr.FeatureControl] = 5;
        processor.WriteCr0(processor.Cr0 | 0x21);
        processor.WriteCr4(processor.Cr4 | (ulong)Cr4.VmxEnable);
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmxOn(VmxonRegion));
    }

    public SoftProcessor Processor { get; }

    public Hpa VmxonRegion { get; }

    public uint InstructionError => (uint)VmxCpu.VmRead((uint)VmcsReadOnly32.InstructionError);

    public static string Refusal(Action action) => Assert.Throws<SoftCpuException>(action).Message;

    // A frame with the revision identifier, and rubbish behind it.
    public Hpa Region()
    {
        Hpa region = Processor.Memory.Allocate(1);
        Processor.Memory.Write(region, Revision);
        return region;
    }

    // A cleared VMCS, current.
    public Hpa LoadVmcs()
    {
        Hpa region = Region();
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmClear(region));
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmPtrLoad(region));
        return region;
    }
}
