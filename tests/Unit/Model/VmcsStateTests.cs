// The VMCS as a map: which fields exist, what may be written, and what becomes of it in memory.

using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed unsafe class VmcsStateTests
{
    [Fact]
    public void WithoutACurrentVmcsThereAreNoFields()
    {
        _ = new VmxMachine();
        ulong value;
        Assert.Equal(VmxResult.FailInvalid, VmxCpu.TryVmRead((uint)Vmcs32.PinControls, &value));
        Assert.Contains("FailInvalid", VmxMachine.Refusal(() => VmxCpu.VmRead((uint)Vmcs32.PinControls)));
        Assert.Contains("no current", VmxMachine.Refusal(() => VmxCpu.VmWrite((uint)Vmcs32.PinControls, 0)));
    }

    [Fact]
    public void FieldsKeepWhatIsWritten()
    {
        var machine = new VmxMachine();
        machine.LoadVmcs();
        Vmcs.Write(Vmcs16.VirtualProcessorId, 0xABCD);
        Vmcs.Write(Vmcs32.ExceptionBitmap, 0xFFFF_FFFF);
        Vmcs.Write(Vmcs64.EptPointer, 0x1234_5678_9ABC_D01E);
        Vmcs.Write(VmcsNatural.GuestRip, ulong.MaxValue);
        Assert.Equal(0xABCD, Vmcs.Read(Vmcs16.VirtualProcessorId));
        Assert.Equal(0xFFFF_FFFFu, Vmcs.Read(Vmcs32.ExceptionBitmap));
        Assert.Equal(0x1234_5678_9ABC_D01Eul, Vmcs.Read(Vmcs64.EptPointer));
        Assert.Equal(ulong.MaxValue, Vmcs.Read(VmcsNatural.GuestRip));
        Assert.Equal(0x1234_5678ul, VmxCpu.VmRead((uint)Vmcs64.EptPointer + 1));
        VmxCpu.VmWrite((uint)Vmcs64.EptPointer + 1, 0xFFFF);
        Assert.Equal(0xFFFF_9ABC_D01Eul, Vmcs.Read(Vmcs64.EptPointer));
    }

    [Theory]
    [InlineData(0x0006u)] // HLAT prefix size: exists, but not here
    [InlineData(0x2042u)]
    [InlineData(0x2C00u + 0x20)]
    [InlineData(0x4803u)] // odd, and not 64 bits wide
    [InlineData(0x681Fu)]
    [InlineData(0x1800u)] // reserved bits
    [InlineData(0x8000_4402u)]
    [InlineData(0x7FFEu)]
    public void UnknownFieldsAreError12(uint field)
    {
        var machine = new VmxMachine();
        machine.LoadVmcs();
        ulong value;
        Assert.Equal(VmxResult.FailValid, VmxCpu.TryVmRead(field, &value));
        Assert.Equal(12u, machine.InstructionError);
        Assert.Contains("does not exist", VmxMachine.Refusal(() => VmxCpu.VmRead(field)));
        Assert.Contains("does not exist", VmxMachine.Refusal(() => VmxCpu.VmWrite(field, 0)));
    }

    [Fact]
    public void ReadOnlyFieldsAreError13()
    {
        var machine = new VmxMachine();
        machine.LoadVmcs();
        Assert.Contains("ExitReason", VmxMachine.Refusal(() => VmxCpu.VmWrite((uint)VmcsReadOnly32.ExitReason, 0)));
        Assert.Equal(13u, machine.InstructionError);
        Assert.Contains("read-only", VmxMachine.Refusal(() => VmxCpu.VmWrite(0x640A, 0)));
        Assert.Contains("read-only", VmxMachine.Refusal(() => VmxCpu.VmWrite(0x2400, 0)));
    }

    [Theory]
    [InlineData((uint)Vmcs16.GuestCsSelector, 0x1_0000ul)]
    [InlineData((uint)Vmcs32.PrimaryControls, 0x1_0000_0000ul)]
    [InlineData((uint)Vmcs64.EptPointer + 1, 0x1_0000_0000ul)]
    public void TooWideValuesAreRefused(uint field, ulong value)
    {
        new VmxMachine().LoadVmcs();
        Assert.Contains("narrower", VmxMachine.Refusal(() => VmxCpu.VmWrite(field, value)));
        VmxCpu.VmWrite(field, value - 1);
    }

    [Theory]
    [InlineData(nameof(Presets.NoEpt), Vmcs64.EptPointer)]
    [InlineData(nameof(Presets.NoEpt), Vmcs64.GuestPdpte0)]
    [InlineData(nameof(Presets.NoEpt), VmcsReadOnly64.GuestPhysicalAddress)]
    [InlineData(nameof(Presets.NoVpid), Vmcs16.VirtualProcessorId)]
    [InlineData(nameof(Presets.NoPreemptionTimer), Vmcs32.PreemptionTimerValue)]
    [InlineData(nameof(Presets.NoSecondaryControls), Vmcs32.SecondaryControls)]
    [InlineData(nameof(Presets.NoXsaves), Vmcs64.XssExitingBitmap)]
    [InlineData(nameof(Presets.NoMsrBitmaps), Vmcs64.MsrBitmaps)]
    public void DegradedProcessorsLackFields(string preset, object field)
    {
        uint encoding = System.Convert.ToUInt32(field);
        new VmxMachine(Presets.SkylakeX()).LoadVmcs();
        VmxCpu.VmRead(encoding);
        new VmxMachine(Presets.All[preset]()).LoadVmcs();
        Assert.Contains("does not exist", VmxMachine.Refusal(() => VmxCpu.VmRead(encoding)));
    }

    // Not one of the fields may look as if it held something sensible.
    [Fact]
    public void FreshFieldsHoldRubbish()
    {
        var machine = new VmxMachine();
        machine.LoadVmcs();
        Assert.All(
            VmcsFieldTable.All.Where(field => VmcsFieldTable.Exists(field, machine.Processor.Vmx.Capabilities)),
            field => Assert.Equal(Poison.Of(field), VmxCpu.VmRead(field)));
    }

    [Fact]
    public void VmClearWritesBackAndVmPtrLoadFindsAgain()
    {
        var machine = new VmxMachine();
        Hpa first = machine.LoadVmcs();
        Vmcs.Write(VmcsNatural.GuestRip, 0x1111);
        Hpa second = machine.LoadVmcs();
        Vmcs.Write(VmcsNatural.GuestRip, 0x2222);
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmPtrLoad(first));
        Assert.Equal(0x1111ul, Vmcs.Read(VmcsNatural.GuestRip));
        Assert.Equal(2, machine.Processor.Vmx.Active);

        Assert.Equal(VmxResult.Succeed, VmxCpu.VmClear(first));
        Assert.Null(machine.Processor.Vmx.Current);
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmPtrLoad(second));
        Assert.Equal(0x2222ul, Vmcs.Read(VmcsNatural.GuestRip));

        // Its memory is all there is of a cleared VMCS: a copy is the same VMCS elsewhere.
        Hpa copy = machine.Processor.Memory.Allocate(1);
        machine.Processor.Memory.Bytes(first, 4096).CopyTo(machine.Processor.Memory.Bytes(copy, 4096));
        machine.Processor.Memory.Bytes(first, 4096)[4..].Clear();
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmPtrLoad(copy));
        Assert.Equal(0x1111ul, Vmcs.Read(VmcsNatural.GuestRip));
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmPtrLoad(first));
        Assert.Equal(Poison.Of((uint)VmcsNatural.GuestRip), Vmcs.Read(VmcsNatural.GuestRip));
    }

    // A frame of an active VMCS that was given away is found overwritten.
    [Fact]
    public void VmClearOverwritesTheWholeRegion()
    {
        var machine = new VmxMachine();
        Hpa region = machine.LoadVmcs();
        machine.Processor.Memory.Bytes(region, 4096)[4..].Clear();
        VmxCpu.VmClear(region);
        Assert.DoesNotContain((byte)0, machine.Processor.Memory.Bytes(region, 4096)[16..].ToArray());
    }

    [Fact]
    public void VmxOffForgetsWhatWasNotCleared()
    {
        var machine = new VmxMachine();
        Hpa region = machine.LoadVmcs();
        Vmcs.Write(VmcsNatural.GuestRip, 0x1111);
        VmxCpu.VmxOff();
        Assert.Equal(VmxResult.Succeed, VmxCpu.VmxOn(machine.VmxonRegion));
        VmxCpu.VmPtrLoad(region);
        Assert.NotEqual(0x1111ul, Vmcs.Read(VmcsNatural.GuestRip));
    }

    [Fact]
    public void OperandsOfInvEpt()
    {
        var machine = new VmxMachine();
        Assert.Equal(VmxResult.FailInvalid, VmxOperationTests.InvEpt((InvEptKind)3, 0, 0));
        machine.LoadVmcs();
        Assert.Equal(VmxResult.Succeed, VmxOperationTests.InvEpt(InvEptKind.SingleContext, 0x1234_505E, 0));
        Assert.Equal(VmxResult.Succeed, VmxOperationTests.InvEpt(InvEptKind.AllContexts, 0, 0));
        void Fails(InvEptKind kind, ulong pointer, ulong reserved) =>
            VmxOperationTests.Fails(machine, 28, () => VmxOperationTests.InvEpt(kind, pointer, reserved));
        Fails((InvEptKind)0, 0x1234_505E, 0);
        Fails((InvEptKind)3, 0x1234_505E, 0);
        Fails(InvEptKind.SingleContext, 0x1234_505E, 1);
        Fails(InvEptKind.SingleContext, 0x1234_5059, 0); // memory type
        Fails(InvEptKind.SingleContext, 0x1234_5046, 0); // levels
        Fails(InvEptKind.SingleContext, 0x1234_50DE, 0); // shadow stacks
        Fails(InvEptKind.SingleContext, 0x1234_515E, 0);
        Fails(InvEptKind.SingleContext, (1ul << 48) | 0x5E, 0);
        machine = new VmxMachine(Presets.NoInveptSingleContext());
        machine.LoadVmcs();
        Fails(InvEptKind.SingleContext, 0x1234_505E, 0);
        machine = new VmxMachine(Presets.NoAccessedDirty());
        machine.LoadVmcs();
        Fails(InvEptKind.SingleContext, 0x1234_505E, 0);
    }

    [Fact]
    public void OperandsOfInvVpid()
    {
        var machine = new VmxMachine();
        machine.LoadVmcs();
        void Fails(InvVpidKind kind, ulong vpid, ulong address) =>
            VmxOperationTests.Fails(machine, 28, () => VmxOperationTests.InvVpid(kind, vpid, address));
        Assert.Equal(VmxResult.Succeed, VmxOperationTests.InvVpid(InvVpidKind.IndividualAddress, 1, 0x7FFF_FFFF_F000));
        Assert.Equal(VmxResult.Succeed, VmxOperationTests.InvVpid(InvVpidKind.AllContexts, 0, 0));
        Fails(InvVpidKind.IndividualAddress, 0, 0);
        Fails(InvVpidKind.IndividualAddress, 1, 0x8000_0000_0000);
        Fails(InvVpidKind.SingleContext, 0, 0);
        Fails(InvVpidKind.SingleContextRetainingGlobals, 0, 0);
        Fails(InvVpidKind.SingleContext, 0x1_0001, 0);
        Fails((InvVpidKind)4, 1, 0);
        _ = new VmxMachine(Presets.NoVpid());
        Assert.Contains("#UD", VmxMachine.Refusal(() => VmxOperationTests.InvVpid(InvVpidKind.AllContexts, 0, 0)));
    }
}
