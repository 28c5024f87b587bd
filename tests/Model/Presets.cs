// Software processors that are like real ones: the one the project is measured on (Bochs' corei7_skylake_x), and the
// same with one thing missing each. The one liberty: 48 bits of physical address instead of 40, because a test's
// memory is process memory.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal static partial class Presets
{
    // All by name, for tests that go over them.
    public static Dictionary<string, Func<SoftProcessor>> All { get; } = new()
    {
        [nameof(SkylakeX)] = SkylakeX,
        [nameof(LockedOn)] = LockedOn,
        [nameof(LockedOff)] = LockedOff,
        [nameof(NoTrueControls)] = NoTrueControls,
        [nameof(NoSecondaryControls)] = NoSecondaryControls,
        [nameof(NoEpt)] = NoEpt,
        [nameof(NoUnrestrictedGuest)] = NoUnrestrictedGuest,
        [nameof(NoAccessedDirty)] = NoAccessedDirty,
        [nameof(NoPages1G)] = NoPages1G,
        [nameof(NoPages2M)] = NoPages2M,
        [nameof(NoVpid)] = NoVpid,
        [nameof(NoInveptSingleContext)] = NoInveptSingleContext,
        [nameof(NoPreemptionTimer)] = NoPreemptionTimer,
        [nameof(NoInvpcid)] = NoInvpcid,
        [nameof(NoXsaves)] = NoXsaves,
        [nameof(NoApicVirtualization)] = NoApicVirtualization,
        [nameof(NoMsrBitmaps)] = NoMsrBitmaps,
        [nameof(NoVirtualNmis)] = NoVirtualNmis,
        [nameof(SlowPreemptionTimer)] = SlowPreemptionTimer,
        [nameof(Amd)] = Amd,
        [nameof(Ryzen)] = Ryzen,
        [nameof(PlainSvm)] = PlainSvm,
        [nameof(FewAsids)] = FewAsids,
        [nameof(SvmLockedOff)] = SvmLockedOff,
        [nameof(NoNestedPaging)] = NoNestedPaging,
    };

    // FEATURE_CONTROL is unlocked, as Bochs leaves it.
    public static SoftProcessor SkylakeX() => SkylakeX(null, null);

    // One of several in a machine, and the time of that.
    public static SoftProcessor SkylakeX(ConcurrentDictionary<uint, SoftProcessor> crew, Func<ulong> clock)
    {
        var cpu = new SoftProcessor { Crew = crew, Clock = clock };
        PresetCpuid.SkylakeX(cpu);
        PresetMsrs.Common(cpu);
        PresetMsrs.Vmx(cpu);
        return cpu;
    }

    // As real processors of that make have it, and Bochs has not.
    public static SoftProcessor MonitorTrapFlag()
    {
        SoftProcessor cpu = SkylakeX();
        cpu.Msrs[(uint)Msr.VmxPrimaryControls] |= (ulong)PrimaryControls.MonitorTrapFlag << 32;
        cpu.Msrs[(uint)Msr.VmxTruePrimaryControls] |= (ulong)PrimaryControls.MonitorTrapFlag << 32;
        return cpu;
    }

    // As most firmware leaves it.
    public static SoftProcessor LockedOn() => With(Msr.FeatureControl, 5);

    public static SoftProcessor LockedOff() => With(Msr.FeatureControl, 1);

    public static SoftProcessor NoTrueControls()
    {
        SoftProcessor cpu = Without(Msr.VmxBasic, 1ul << 55);
        return Remove(
            cpu, Msr.VmxTruePinControls, Msr.VmxTruePrimaryControls, Msr.VmxTrueExitControls, Msr.VmxTrueEntryControls);
    }

    public static SoftProcessor NoSecondaryControls()
    {
        SoftProcessor cpu = WithoutControl(PrimaryControls.ActivateSecondaryControls);
        return Remove(cpu, Msr.VmxSecondaryControls, Msr.VmxEptVpidCap, Msr.VmxVmFunctions);
    }

    // VPID stays, so the capability MSR does.
    public static SoftProcessor NoEpt()
    {
        SoftProcessor cpu = WithoutControl(
            SecondaryControls.EnableEpt | SecondaryControls.UnrestrictedGuest | SecondaryControls.EnablePml
                | SecondaryControls.EptViolationException | SecondaryControls.EnableVmFunctions);
        cpu.Msrs[(uint)Msr.VmxEptVpidCap] &= ~0xFFFF_FFFFul;
        return Remove(cpu, Msr.VmxVmFunctions);
    }

    public static SoftProcessor NoUnrestrictedGuest() => WithoutControl(SecondaryControls.UnrestrictedGuest);

    public static SoftProcessor NoAccessedDirty() => Without(Msr.VmxEptVpidCap, 1ul << 21);

    public static SoftProcessor NoPages1G()
    {
        SoftProcessor cpu = Without(Msr.VmxEptVpidCap, 1ul << 17);
        PresetCpuid.HidePages1G(cpu);
        return cpu;
    }

    public static SoftProcessor NoPages2M()
    {
        SoftProcessor cpu = NoPages1G();
        cpu.Msrs[(uint)Msr.VmxEptVpidCap] &= ~(1ul << 16);
        return cpu;
    }

    // INVVPID goes with it; EPT keeps the capability MSR.
    public static SoftProcessor NoVpid()
    {
        SoftProcessor cpu = WithoutControl(SecondaryControls.EnableVpid);
        cpu.Msrs[(uint)Msr.VmxEptVpidCap] &= 0xFFFF_FFFF;
        return cpu;
    }

    public static SoftProcessor NoInveptSingleContext() => Without(Msr.VmxEptVpidCap, 1ul << 25);

    public static SoftProcessor NoPreemptionTimer() => WithoutAllowed(
        (ulong)PinControls.PreemptionTimer, Msr.VmxPinControls, Msr.VmxTruePinControls, WithoutTimerSaving());

    public static SoftProcessor NoInvpcid()
    {
        SoftProcessor cpu = WithoutControl(SecondaryControls.EnableInvpcid);
        PresetCpuid.HideInvpcid(cpu);
        return cpu;
    }

    public static SoftProcessor NoXsaves() => WithoutControl(SecondaryControls.EnableXsavesXrstors);

    public static SoftProcessor NoApicVirtualization() => WithoutControl(
        SecondaryControls.VirtualizeX2ApicMode | SecondaryControls.ApicRegisterVirtualization
            | SecondaryControls.VirtualInterruptDelivery);

    public static SoftProcessor NoMsrBitmaps() => WithoutControl(PrimaryControls.UseMsrBitmaps);

    public static SoftProcessor NoVirtualNmis() => WithoutAllowed(
        (ulong)PinControls.VirtualNmis, Msr.VmxPinControls, Msr.VmxTruePinControls, SkylakeX());

    // One count every 32 TSC ticks, as on most real processors.
    public static SoftProcessor SlowPreemptionTimer() => With(Msr.VmxMisc, PresetMsrs.Misc | 5);

    private static SoftProcessor With(Msr msr, ulong value)
    {
        SoftProcessor cpu = SkylakeX();
        cpu.Msrs[(uint)msr] = value;
        return cpu;
    }

    private static SoftProcessor Without(Msr msr, ulong bits)
    {
        SoftProcessor cpu = SkylakeX();
        cpu.Msrs[(uint)msr] &= ~bits;
        return cpu;
    }

    private static SoftProcessor WithoutControl(SecondaryControls bits) =>
        Without(Msr.VmxSecondaryControls, (ulong)bits << 32);

    private static SoftProcessor WithoutControl(PrimaryControls bits) => WithoutAllowed(
        (ulong)bits, Msr.VmxPrimaryControls, Msr.VmxTruePrimaryControls, SkylakeX());

    private static SoftProcessor WithoutTimerSaving() => WithoutAllowed(
        (ulong)ExitControls.SavePreemptionTimerValue, Msr.VmxExitControls, Msr.VmxTrueExitControls, SkylakeX());

    private static SoftProcessor WithoutAllowed(ulong bits, Msr plain, Msr precise, SoftProcessor cpu)
    {
        cpu.Msrs[(uint)plain] &= ~(bits << 32);
        cpu.Msrs[(uint)precise] &= ~(bits << 32);
        return cpu;
    }

    private static SoftProcessor Remove(SoftProcessor cpu, params Msr[] msrs)
    {
        foreach (Msr msr in msrs)
        {
            cpu.Msrs.Remove((uint)msr);
        }

        return cpu;
    }
}
