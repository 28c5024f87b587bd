// Which control bits we want. Required bits are what the hypervisor cannot work without: where one is missing it
// refuses to start, by name. Optional bits make it better: where one is missing it says so and goes on without.
//   wanted    = (required + optional + what the configuration sets) - what the configuration clears
//   allowed   = the capability MSR
//   effective = (wanted + must be 1) and may be 1

using static MinusOne.Hv.Vmx.Controls.PinControls;
using static MinusOne.Hv.Vmx.Controls.PrimaryControls;
using static MinusOne.Hv.Vmx.Controls.SecondaryControls;

namespace MinusOne.Hv.Vmx.Controls;

internal static class ControlPolicy
{
    public const PinControls RequiredPin = ExternalInterruptExiting | NmiExiting;
    public const PinControls OptionalPin = VirtualNmis | PreemptionTimer;

    public const PrimaryControls RequiredPrimary =
        HltExiting | UseIoBitmaps | UseMsrBitmaps | ActivateSecondaryControls;

    // CR8 and the counters are the host's own unless they exit; MONITOR and MWAIT are not shown to guests.
    public const PrimaryControls OptionalPrimary =
        UseTscOffsetting | Cr8LoadExiting | Cr8StoreExiting | RdpmcExiting | MonitorExiting | MwaitExiting;

    public const SecondaryControls RequiredSecondary = EnableEpt | UnrestrictedGuest;
    public const SecondaryControls OptionalSecondary =
        EnableVpid | EnableRdtscp | EnableInvpcid | WbinvdExiting | EnableEnclsExiting;

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
            Pin = (PinControls)Choose(ref missing, ControlWord.Pin, allowed.Pin,
                (uint)RequiredPin | changes.PinSet, (uint)OptionalPin, changes.PinClear),
            Primary = (PrimaryControls)Choose(ref missing, ControlWord.Primary, allowed.Primary,
                (uint)RequiredPrimary | changes.PrimarySet, (uint)OptionalPrimary, changes.PrimaryClear),
            Secondary = (SecondaryControls)Choose(ref missing, ControlWord.Secondary, allowed.Secondary,
                (uint)RequiredSecondary | changes.SecondarySet, (uint)OptionalSecondary, changes.SecondaryClear),
            Exit = (ExitControls)Choose(ref missing, ControlWord.Exit, allowed.Exit,
                (uint)RequiredExit | changes.ExitSet, (uint)OptionalExit, changes.ExitClear),
            Entry = (EntryControls)Choose(ref missing, ControlWord.Entry, allowed.Entry,
                (uint)RequiredEntry, (uint)OptionalEntry, clear: 0),
        };
        DropDependents(ref effective);
        return !missing.IsMissing;
    }

    // What makes a local APIC virtual goes together or not at all, and CR8 with it. True: it is.
    public static bool TryVirtualizeApic(in VmxCapabilities allowed, in ControlChanges changes, ref ControlWords words)
    {
        const SecondaryControls secondary =
            VirtualizeX2ApicMode | ApicRegisterVirtualization | VirtualInterruptDelivery;
        const PrimaryControls priority = Cr8LoadExiting | Cr8StoreExiting;
        var primary = (PrimaryControls)allowed.Primary.Effective(
            (uint)((words.Primary | UseTprShadow) & ~(priority & ~(PrimaryControls)changes.PrimarySet))
            & ~changes.PrimaryClear);
        if ((primary & UseTprShadow) == 0 || !words.Has(ExternalInterruptExiting)
            || ((uint)secondary & ~(allowed.Secondary.MayBeOneBits & ~changes.SecondaryClear)) != 0)
        {
            return false;
        }

        words.Primary = primary;
        words.Secondary |= secondary;
        return true;
    }

    private static uint Choose(
        ref MissingControl missing, ControlWord word, AllowedControls allowed, uint required, uint optional, uint clear)
    {
        uint effective = allowed.Effective((required | optional) & ~clear);
        uint lacking = (required & ~clear & ~effective) | (clear & effective);
        if (lacking != 0 && !missing.IsMissing)
        {
            missing = new MissingControl((uint)word, BitOperations.TrailingZeroCount(lacking));
        }

        return effective;
    }

    // Bits that make sense only with another: SDM 3C 28.2.1.1 VM-Execution Control Fields.
    private static void DropDependents(ref ControlWords words)
    {
        words.Exit &= words.Has(PreemptionTimer) ? words.Exit : ~ExitControls.SavePreemptionTimerValue;
        words.Pin &= words.Has(NmiExiting) ? words.Pin : ~VirtualNmis;
        words.Primary &= words.Has(VirtualNmis) ? words.Primary : ~NmiWindowExiting;
    }
}

// The five control words as they stand in the VMCS: effective, not wished for.
internal struct ControlWords
{
    public PinControls Pin;
    public PrimaryControls Primary;
    public SecondaryControls Secondary;
    public ExitControls Exit;
    public EntryControls Entry;

    public readonly bool Has(PinControls bits) => (Pin & bits) == bits;
    public readonly bool Has(PrimaryControls bits) => (Primary & bits) == bits;
    public readonly bool Has(SecondaryControls bits) => (Secondary & bits) == bits;
    public readonly bool Has(ExitControls bits) => (Exit & bits) == bits;
    public readonly bool Has(EntryControls bits) => (Entry & bits) == bits;
}

// A capability MSR of a 32-bit control word: which bits must be 1 and which may be. SDM 3D A.2 Reserved Controls and
// Default Settings.
internal readonly struct AllowedControls(ulong raw)
{
    public readonly ulong Raw = raw;

    public uint MustBeOneBits => (uint)Raw;
    public uint MayBeOneBits => (uint)(Raw >> 32);

    public bool MayBeOne(uint bits) => (MayBeOneBits & bits) == bits;
    public bool HasMustBeOne(uint bits) => (MustBeOneBits & ~bits) == 0;

    // What the hardware makes of a wish: the bits it insists on are added, those it does not have are dropped.
    public uint Effective(uint wanted) => (wanted | MustBeOneBits) & MayBeOneBits;
}
