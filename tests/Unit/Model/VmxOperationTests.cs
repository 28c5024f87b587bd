// VMXON and VMXOFF, VMCLEAR and VMPTRLD: what succeeds, what fails and with which number, what throws.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed unsafe class VmxOperationTests
{
    [Fact]
    public void NothingWorksOutsideVmxOperation()
    {
        SoftProcessor processor = Cpu.Soft = Presets.LockedOn();
        Hpa region = processor.Memory.Allocate(1);
        Action[] instructions =
        [
            () => VmxCpu.VmxOff(), () => VmxCpu.VmClear(region), () => VmxCpu.VmPtrLoad(region),
            () => VmxCpu.VmRead(0x4402),
            () => VmxCpu.VmWrite(0x4002, 0), () => TryRead(0x4402), () => InvEpt(InvEptKind.AllContexts, 0, 0),
            () => InvVpid(InvVpidKind.AllContexts, 0, 0), Enter,
        ];
        Assert.All(instructions, instruction => Assert.Contains("#UD", VmxMachine.Refusal(instruction)));
        Assert.Contains("#UD", VmxMachine.Refusal(() => VmxCpu.VmxOn(region)));

        // And nothing works after it.
        var machine = new VmxMachine();
        machine.LoadVmcs();
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmxOff());
        Assert.All(instructions, instruction => Assert.Contains("#UD", VmxMachine.Refusal(instruction)));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(4ul)]
    [InlineData(3ul)]
    public void VmxOnNeedsFeatureControl(ulong control)
    {
        SoftProcessor processor = ReadyForVmxOn(out Hpa region);
        processor.Msrs[(uint)Msr.FeatureControl] = control;
        Assert.Contains("FEATURE_CONTROL", VmxMachine.Refusal(() => VmxCpu.VmxOn(region)));
    }

    [Fact]
    public void VmxOnNeedsFixedBits()
    {
        SoftProcessor processor = ReadyForVmxOn(out Hpa region);
        processor.Cr0 &= ~(ulong)Cr0.NumericError;
        Assert.Contains("20 must be 1", VmxMachine.Refusal(() => VmxCpu.VmxOn(region)));
        ReadyForVmxOn(out region).Cr4 |= 1 << 11;
        Assert.Contains("800 must be 0", VmxMachine.Refusal(() => VmxCpu.VmxOn(region)));
        ReadyForVmxOn(out region).Cr4 &= ~(ulong)Cr4.VmxEnable;
        Assert.Contains("#UD", VmxMachine.Refusal(() => VmxCpu.VmxOn(region)));
    }

    [Fact]
    public void VmxOnChecksItsRegion()
    {
        SoftProcessor processor = ReadyForVmxOn(out Hpa region);
        processor.Memory.Write(region, 0x2Cu);
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.VmxOn(region));
        processor.Memory.Write(region, 0x8000_002Bu);
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.VmxOn(region));
        processor.Memory.Write(region, 0x2Bu);
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.VmxOn(region + 8));
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.VmxOn(new(1ul << 48)));
        Assert.Contains("no memory", VmxMachine.Refusal(() => VmxCpu.VmxOn(new(0x1000))));
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmxOn(region));
    }

    [Fact]
    public void AmdHasNoVmx()
    {
        SoftProcessor processor = Cpu.Soft = Presets.Amd();
        Hpa region = processor.Memory.Allocate(1);
        processor.Cr4 |= (ulong)Cr4.VmxEnable;
        Assert.Contains("#UD", VmxMachine.Refusal(() => VmxCpu.VmxOn(region)));
    }

    [Fact]
    public void VmxOnTwiceFails()
    {
        var machine = new VmxMachine();
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.VmxOn(machine.VmxonRegion));
        machine.LoadVmcs();
        Assert.Equal(VmxResult.FailValid, VmxCpu.VmxOn(machine.VmxonRegion));
        Assert.Equal(15u, machine.InstructionError);
    }

    [Fact]
    public void VmxOperationFixesControlRegisters()
    {
        _ = new VmxMachine();
        Assert.Contains("must be 1", VmxMachine.Refusal(() => Cpu.WriteCr4(Cpu.ReadCr4() & ~(ulong)Cr4.VmxEnable)));
        Assert.Contains("must be 1", VmxMachine.Refusal(() => Cpu.WriteCr0(Cpu.ReadCr0() & ~(ulong)Cr0.NumericError)));
        VmxCpu.VmxOff();
        Cpu.WriteCr4(Cpu.ReadCr4() & ~(ulong)Cr4.VmxEnable);
    }

    [Fact]
    public void RegionsOfVmClear()
    {
        var machine = new VmxMachine();
        Hpa region = machine.Region();
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.VmClear(region + 1));
        machine.LoadVmcs();
        Fails(machine, 2, () => VmxCpu.VmClear(region + 1));
        Fails(machine, 2, () => VmxCpu.VmClear(new(1ul << 50)));
        Fails(machine, 3, () => VmxCpu.VmClear(machine.VmxonRegion));
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmClear(region));
    }

    [Fact]
    public void RegionsOfVmPtrLoad()
    {
        var machine = new VmxMachine();
        Hpa region = machine.Region();
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.VmPtrLoad(region + 1));
        machine.LoadVmcs();
        Fails(machine, 9, () => VmxCpu.VmPtrLoad(region + 0x800));
        Fails(machine, 9, () => VmxCpu.VmPtrLoad(new(1ul << 48)));
        Fails(machine, 10, () => VmxCpu.VmPtrLoad(machine.VmxonRegion));
        machine.Processor.Memory.Write(region, 0x1234u);
        Fails(machine, 11, () => VmxCpu.VmPtrLoad(region));
        machine.Processor.Memory.Write(region, 0x8000_002Bu);
        Fails(machine, 11, () => VmxCpu.VmPtrLoad(region));
    }

    // hv/'s own way into VMX operation and out of it.
    [Fact]
    public void HvTurnsItOnAndOff()
    {
        SoftProcessor processor = Cpu.Soft = Presets.SkylakeX();
        Hpa region = processor.Memory.Allocate(1);
        VmxOperation.LockFeatureControlOn();
        Assert.Equal(VmxResult.Succeed, VmxOperation.TurnOn(region));
        Assert.True(processor.Vmx.IsOn);
        VmxOperation.TurnOff();
        Assert.False(processor.Vmx.IsOn);
        Assert.Equal(0ul, processor.Cr4 & (ulong)Cr4.VmxEnable);
    }

    internal static VmxResult InvEpt(InvEptKind kind, ulong pointer, ulong reserved)
    {
        var descriptor = new InvEptDescriptor { EptPointer = pointer, Reserved = reserved };
        return VmxCpu.InvEpt(kind, &descriptor);
    }

    internal static VmxResult InvVpid(InvVpidKind kind, ulong vpid, ulong address)
    {
        var descriptor = new InvVpidDescriptor { Vpid = vpid, LinearAddress = address };
        return VmxCpu.InvVpid(kind, &descriptor);
    }

    internal static void Fails(VmxMachine machine, uint error, Func<VmxResult> instruction)
    {
        Assert.Equal(VmxResult.FailValid, instruction());
        Assert.Equal(error, machine.InstructionError);
    }

    private static VmxResult TryRead(uint field)
    {
        ulong value;
        return VmxCpu.TryVmRead(field, &value);
    }

    private static void Enter()
    {
        GuestRegisters registers = default;
        VmxCpu.Enter(&registers);
    }

    private static SoftProcessor ReadyForVmxOn(out Hpa region)
    {
        SoftProcessor processor = Cpu.Soft = Presets.LockedOn();
        processor.Cr4 |= (ulong)Cr4.VmxEnable;
        region = processor.Memory.Allocate(1);
        processor.Memory.Write(region, VmxMachine.Revision);
        return processor;
    }
}
