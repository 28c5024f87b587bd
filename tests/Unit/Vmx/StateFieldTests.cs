// State and event fields of the VMCS and the capability MSRs, decoded from raw values. Capabilities are those of the
// emulated processor the project is measured on.

using Xunit;

namespace MinusOne.Tests.Unit.Vmx;

public sealed class StateFieldTests
{
    // As an emulated processor was seen to report them: INT n, #UD, #PF with its code, an injected event.
    [Theory]
    [InlineData(0x8000_0430u, InterruptionType.SoftwareInterrupt, 0x30, false, true)]
    [InlineData(0x8000_0306u, InterruptionType.HardwareException, 6, false, false)]
    [InlineData(0x8000_0B0Eu, InterruptionType.HardwareException, 14, true, false)]
    [InlineData(0x8000_0030u, InterruptionType.ExternalInterrupt, 0x30, false, false)]
    [InlineData(0x8000_0202u, InterruptionType.Nmi, 2, false, false)]
    [InlineData(0x8000_0603u, InterruptionType.SoftwareException, 3, false, true)]
    [InlineData(0x8000_0501u, InterruptionType.PrivilegedSoftwareException, 1, false, true)]
    [InlineData(0x8000_0700u, InterruptionType.OtherEvent, 0, false, false)]
    public void Interruption(uint raw, object type, int vector, bool errorCode, bool length)
    {
        var information = new InterruptionInformation(raw);
        Assert.True(information.IsValid);
        Assert.Equal(type, information.Type);
        Assert.Equal((vector, errorCode), (information.Vector, information.HasErrorCode));
        Assert.Equal(length, information.HasInstructionLength);
        Assert.Equal(raw, InterruptionInformation.Create((InterruptionType)type, (byte)vector, errorCode).Raw);
        Assert.Equal(raw, new InterruptionInformation(raw | 0x1000).ForInjection.Raw);
    }

    [Fact]
    public void InterruptionBuilders()
    {
        Assert.Equal(0x8000_0202u, Event.Nmi.Information.Raw);
        var protection = InterruptionInformation.HardwareException(ExceptionVector.GeneralProtection, true);
        Assert.Equal(0x8000_0B0Du, protection.Raw);
        Assert.Equal(0x8000_0040u, InterruptionInformation.ExternalInterrupt(0x40).Raw);
        Assert.Equal(0x8000_0480u, Event.SoftwareInterrupt(0x80, 0).Information.Raw);
        Assert.Equal(0x8000_0604u, Event.SoftwareException(ExceptionVector.Overflow, 0).Information.Raw);
        Assert.True(new InterruptionInformation(0x1000).NmiUnblockingDueToIret);
        Assert.False(default(InterruptionInformation).IsValid);
    }

    // A flat 32-bit code segment, a busy TSS, a 64-bit code segment, an unusable one.
    [Theory]
    [InlineData(0xC09Bu, 0xBu, true, 0u, true, false, true, true, false)]
    [InlineData(0x008Bu, 0xBu, false, 0u, true, false, false, false, false)]
    [InlineData(0xA0FBu, 0xBu, true, 3u, true, true, false, true, false)]
    [InlineData(0x10000u, 0u, false, 0u, false, false, false, false, true)]
    public void AccessRights(
        uint raw, uint type, bool code, uint dpl, bool present, bool isLong, bool big, bool pages, bool unusable)
    {
        var rights = new SegmentAccessRights(raw);
        Assert.Equal((type, code, dpl, present), (rights.Type, rights.IsCodeOrData, rights.Dpl, rights.IsPresent));
        Assert.Equal((isLong, big), (rights.IsLong, rights.IsDefaultBig));
        Assert.Equal((pages, unusable), (rights.HasPageGranularity, rights.IsUnusable));
        Assert.False(rights.HasReservedBits);
        Assert.True(new SegmentAccessRights(raw | 0x800).HasReservedBits);
        Assert.True(new SegmentAccessRights(raw | 0x2_0000).HasReservedBits);
    }

    [Fact]
    public void SegmentTypeBits()
    {
        var rights = new SegmentAccessRights(0x0100A);
        Assert.True(rights.IsCode && rights.IsWritableOrReadable);
        Assert.False(rights.IsAccessed || rights.IsConformingOrExpandDown);
        Assert.True(SegmentAccessRights.Unusable.IsUnusable);
    }

    [Fact]
    public void Interruptibility()
    {
        var state = new InterruptibilityState(0x1F);
        Assert.True(state.BlockingBySti && state.BlockingByMovSs && state.BlockingBySmi);
        Assert.True(state.BlockingByNmi && state.FromEnclave);
        Assert.False(state.HasReservedBits);
        Assert.True(new InterruptibilityState(0x20).HasReservedBits);
        Assert.Equal(0x1Cu, state.AfterInstruction.Raw);
        Assert.Equal(0x17u, state.WithNmiBlocking(false).Raw);
        Assert.Equal(0x08u, default(InterruptibilityState).WithNmiBlocking(true).Raw);
    }

    [Fact]
    public void PendingDebug()
    {
        var pending = new PendingDebugExceptions(0x1_5805);
        Assert.True(pending.BusLockDetected && pending.SingleStep && pending.InTransaction);
        Assert.False(pending.HasReservedBits);
        Assert.True(new PendingDebugExceptions(0x2000).HasReservedBits);
    }

    [Fact]
    public void Basic()
    {
        var basic = new VmxBasic(0x00D8_1000_0000_002B);
        Assert.Equal((0x2Bu, 0x1000u), (basic.RevisionId, basic.RegionSize));
        Assert.True(basic.HasStringInformation && basic.TrueControls);
        Assert.False(basic.AddressesLimitedTo32Bits);
        Assert.False(basic.AnyErrorCode || basic.NestedExceptions);
    }

    [Fact]
    public void Misc()
    {
        var misc = new VmxMisc(0x6004_01E0);
        Assert.Equal((0, 4u), (misc.PreemptionTimerShift, misc.Cr3TargetCount));
        Assert.Equal(512u, misc.MaximumMsrListLength);
        Assert.True(misc.HltActivityState && misc.ShutdownActivityState && misc.WaitForSipiActivityState);
        Assert.True(misc.InjectionWithZeroLength);
    }

    [Fact]
    public void EptVpid()
    {
        var capabilities = new EptVpidCapabilities(0x0000_0F01_0633_4141);
        Assert.True(capabilities.ExecuteOnly && capabilities.FourLevelWalk && capabilities.AccessedAndDirty);
        Assert.True(capabilities.UncacheableTables && capabilities.WriteBackTables);
        Assert.True(capabilities.Pages2M && capabilities.Pages1G && capabilities.Invept);
        Assert.True(capabilities.InveptSingleContext && capabilities.InveptAllContexts && capabilities.Invvpid);
        Assert.True(capabilities.InvvpidSingleContext);
        Assert.False(capabilities.FiveLevelWalk || capabilities.SupervisorShadowStack);
        Assert.Equal(0u, capabilities.MaximumHlatPrefixSize);
    }

    [Fact]
    public void EptPointerRoundTrip()
    {
        EptPointer pointer = EptPointer.To(new Hpa(0x1234_5000), new EptVpidCapabilities(0x0000_0F01_0633_4141));
        Assert.Equal(0x1234_505Eul, pointer.Raw);
        Assert.Equal((4, MemoryType.WriteBack), (pointer.Levels, pointer.MemoryType));
        Assert.Equal((true, false), (pointer.AccessedAndDirty, pointer.SupervisorShadowStack));
    }

    [Fact]
    public void Feature()
    {
        var control = new FeatureControl(0x10_0005);
        Assert.True(control.IsLocked && control.AllowsVmx);
        Assert.False(new FeatureControl(~5ul).IsLocked || new FeatureControl(~5ul).AllowsVmx);
    }
}
