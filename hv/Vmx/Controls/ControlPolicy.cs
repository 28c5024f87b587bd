// Which control bits we want. Required bits are what the hypervisor cannot work without: where one is missing it
// refuses to start, by name. Optional bits make it better: where one is missing it says so and goes on without.
//   wanted    = (required + optional + what the configuration sets) - what the configuration clears
//   allowed   = the capability MSR
//   effective = (wanted + must be 1) and may be 1

namespace MinusOne.Hv.Vmx.Controls;

internal static class ControlPolicy
{
    public const PinControls RequiredPin = PinControls.ExternalInterruptExiting | PinControls.NmiExiting;

    public const PinControls OptionalPin = PinControls.VirtualNmis | PinControls.PreemptionTimer;

    public const PrimaryControls RequiredPrimary =
        PrimaryControls.HltExiting | PrimaryControls.UseIoBitmaps | PrimaryControls.UseMsrBitmaps
        | PrimaryControls.ActivateSecondaryControls;

    // CR8 and the counters are the host's own unless they exit; MONITOR and MWAIT are not shown to guests.
    public const PrimaryControls OptionalPrimary =
        PrimaryControls.UseTscOffsetting | PrimaryControls.Cr8LoadExiting | PrimaryControls.Cr8StoreExiting
        | PrimaryControls.RdpmcExiting | PrimaryControls.MonitorExiting | PrimaryControls.MwaitExiting;

    public const SecondaryControls RequiredSecondary = SecondaryControls.EnableEpt
        | SecondaryControls.UnrestrictedGuest;

    public const SecondaryControls OptionalSecondary =
        SecondaryControls.EnableVpid | SecondaryControls.EnableRdtscp | SecondaryControls.EnableInvpcid
        | SecondaryControls.WbinvdExiting;

    public const ExitControls RequiredExit =
        ExitControls.HostAddressSpaceSize | ExitControls.SaveEfer | ExitControls.LoadEfer;

    public const ExitControls OptionalExit =
        ExitControls.SavePat | ExitControls.LoadPat | ExitControls.SavePreemptionTimerValue
        | ExitControls.AcknowledgeInterruptOnExit | ExitControls.SaveDebugControls;

    public const EntryControls RequiredEntry = EntryControls.LoadEfer;

    public const EntryControls OptionalEntry = EntryControls.LoadPat | EntryControls.LoadDebugControls;

    // False: `missing` is the first bit that is wanted and cannot be had, or unwanted and cannot be turned off.
    public static bool TryChoose(
        in VmxCapabilities allowed, in ControlChanges changes, out ControlWords effective, out MissingControl missing)
    {
        missing = default;
        effective = new ControlWords
        {
            Pin = (PinControls)Choose(
                ControlWord.Pin, (uint)RequiredPin, (uint)OptionalPin, changes.PinSet, changes.PinClear, allowed.Pin,
                ref missing),
            Primary = (PrimaryControls)Choose(
                ControlWord.Primary, (uint)RequiredPrimary, (uint)OptionalPrimary, changes.PrimarySet,
                changes.PrimaryClear,
                allowed.Primary, ref missing),
            Secondary = (SecondaryControls)Choose(
                ControlWord.Secondary, (uint)RequiredSecondary, (uint)OptionalSecondary, changes.SecondarySet,
                changes.SecondaryClear, allowed.Secondary, ref missing),
            Exit = (ExitControls)Choose(
                ControlWord.Exit, (uint)RequiredExit, (uint)OptionalExit, changes.ExitSet, changes.ExitClear,
                allowed.Exit, ref missing),
            Entry = (EntryControls)Choose(
                ControlWord.Entry, (uint)RequiredEntry, (uint)OptionalEntry, 0, 0, allowed.Entry, ref missing),
        };
        DropDependents(ref effective);
        return !missing.IsMissing;
    }

    // What makes a local APIC virtual goes together or not at all, and CR8 with it. True: it is.
    public static bool TryVirtualizeApic(in VmxCapabilities allowed, in ControlChanges changes, ref ControlWords words)
    {
        const SecondaryControls secondary = SecondaryControls.VirtualizeX2ApicMode
            | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
        const PrimaryControls priority = PrimaryControls.Cr8LoadExiting | PrimaryControls.Cr8StoreExiting;
        var primary = (PrimaryControls)allowed.Primary.Effective(
            (uint)((words.Primary | PrimaryControls.UseTprShadow) & ~(priority & ~(PrimaryControls)changes.PrimarySet))
            & ~changes.PrimaryClear);
        if ((primary & PrimaryControls.UseTprShadow) == 0 || !words.Has(PinControls.ExternalInterruptExiting)
            || ((uint)secondary & ~(allowed.Secondary.MayBeOneBits & ~changes.SecondaryClear)) != 0)
        {
            return false;
        }

        words.Primary = primary;
        words.Secondary |= secondary;
        return true;
    }

    private static uint Choose(
        ControlWord word, uint required, uint optional, uint set, uint clear, AllowedControls allowed,
        ref MissingControl missing)
    {
        uint effective = allowed.Effective((required | optional | set) & ~clear);
        uint lacking = ((required | set) & ~clear & ~effective) | (clear & effective);
        if (lacking != 0 && !missing.IsMissing)
        {
            missing = new MissingControl(word, System.Numerics.BitOperations.TrailingZeroCount(lacking));
        }

        return effective;
    }

    // Bits that make sense only with another: SDM 3C 28.2.1.1 VM-Execution Control Fields.
    private static void DropDependents(ref ControlWords words)
    {
        if (!words.Has(PinControls.PreemptionTimer))
        {
            words.Exit &= ~ExitControls.SavePreemptionTimerValue;
        }

        if (!words.Has(PinControls.NmiExiting))
        {
            words.Pin &= ~PinControls.VirtualNmis;
        }

        if (!words.Has(PinControls.VirtualNmis))
        {
            words.Primary &= ~PrimaryControls.NmiWindowExiting;
        }
    }
}
