// Which VMCS fields there are and what a processor must be able to do to have each of them: the notes under the tables
// of SDM 3D Appendix B Field Encoding in VMCS. A field that is not listed as conditional exists on every processor.

using System;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal static class VmcsFieldTable
{
    private static readonly Dictionary<uint, string> s_names = ReadNames();

    public static IEnumerable<uint> All => s_names.Keys;

    public static string Name(uint field) => s_names.TryGetValue(field & ~1u, out string name)
        ? $"{name} ({field:X4})"
        : $"field {field:X}";

    public static bool Exists(uint field, SoftCapabilities has)
    {
        var encoding = new VmcsEncoding(field);
        bool known = s_names.ContainsKey(field & ~1u) && !encoding.HasReservedBits;
        bool halvable = !encoding.IsHighHalf || encoding.Width == VmcsFieldWidth.Bits64;
        return known && halvable && encoding.Width switch
        {
            VmcsFieldWidth.Bits16 => Exists((Vmcs16)field, has),
            VmcsFieldWidth.Bits32 => Exists((Vmcs32)field, has),
            VmcsFieldWidth.Bits64 when encoding.Type == VmcsFieldType.Control => Control((Vmcs64)(field & ~1u), has),
            VmcsFieldWidth.Bits64 => State(field & ~1u, has),
            _ => Exists((VmcsNatural)field, has),
        };
    }

    // It takes a capability to have this field.
    public static bool IsConditional(uint field) => !Exists(field, SoftCapabilities.None);

    private static bool Exists(Vmcs16 field, SoftCapabilities has) => field switch
    {
        Vmcs16.VirtualProcessorId => has.Has(SecondaryControls.EnableVpid),
        Vmcs16.PostedInterruptNotificationVector => has.Has(PinControls.PostedInterrupts),
        Vmcs16.HlatPrefixSize => has.Has(TertiaryControls.EnableHlat),
        Vmcs16.LastPidPointerIndex => has.Has(TertiaryControls.IpiVirtualization),
        Vmcs16.GuestInterruptStatus => has.Has(SecondaryControls.VirtualInterruptDelivery),
        Vmcs16.GuestUserInterruptNotificationVector => has.Has(EntryControls.LoadUserInterruptNotificationVector),
        _ => true,
    };

    private static bool Exists(Vmcs32 field, SoftCapabilities has) => field switch
    {
        Vmcs32.TprThreshold => has.Has(PrimaryControls.UseTprShadow),
        Vmcs32.SecondaryControls => has.Has(PrimaryControls.ActivateSecondaryControls),
        Vmcs32.PauseLoopExitingGap or Vmcs32.PauseLoopExitingWindow => has.Has(SecondaryControls.PauseLoopExiting),
        Vmcs32.PreemptionTimerValue => has.Has(PinControls.PreemptionTimer),
        _ => true,
    };

    private static bool Exists(VmcsNatural field, SoftCapabilities has) => field switch
    {
        >= VmcsNatural.Cr3Target0 and <= VmcsNatural.Cr3Target3 =>
            (int)(field - VmcsNatural.Cr3Target0) / 2 < has.Cr3TargetCount,
        VmcsNatural.GuestSCet or VmcsNatural.GuestSsp or VmcsNatural.GuestInterruptSspTableAddress =>
            has.Has(EntryControls.LoadCetState),
        VmcsNatural.HostSCet or VmcsNatural.HostSsp or VmcsNatural.HostInterruptSspTableAddress =>
            has.Has(ExitControls.LoadCetState),
        _ => true,
    };

    private static bool Control(Vmcs64 field, SoftCapabilities has) => field switch
    {
        Vmcs64.MsrBitmaps => has.Has(PrimaryControls.UseMsrBitmaps),
        Vmcs64.PmlAddress => has.Has(SecondaryControls.EnablePml),
        Vmcs64.VirtualApicAddress => has.Has(PrimaryControls.UseTprShadow),
        Vmcs64.ApicAccessAddress => has.Has(SecondaryControls.VirtualizeApicAccesses),
        Vmcs64.PostedInterruptDescriptorAddress => has.Has(PinControls.PostedInterrupts),
        Vmcs64.VmFunctionControls => has.Has(SecondaryControls.EnableVmFunctions),
        Vmcs64.EptPointer => has.Has(SecondaryControls.EnableEpt),
        >= Vmcs64.EoiExitBitmap0 and <= Vmcs64.EoiExitBitmap3 => has.Has(SecondaryControls.VirtualInterruptDelivery),
        Vmcs64.EptpListAddress => has.Has(VmFunctionControls.EptpSwitching),
        Vmcs64.VmReadBitmapAddress or Vmcs64.VmWriteBitmapAddress => has.Has(SecondaryControls.VmcsShadowing),
        Vmcs64.VirtualizationExceptionInformationAddress => has.Has(SecondaryControls.EptViolationException),
        Vmcs64.XssExitingBitmap => has.Has(SecondaryControls.EnableXsavesXrstors),
        Vmcs64.EnclsExitingBitmap => has.Has(SecondaryControls.EnableEnclsExiting),
        Vmcs64.SubPagePermissionTablePointer => has.Has(SecondaryControls.SubPageWritePermissions),
        Vmcs64.TscMultiplier => has.Has(SecondaryControls.UseTscScaling),
        Vmcs64.TertiaryControls => has.Has(PrimaryControls.ActivateTertiaryControls),
        Vmcs64.LowPasidDirectoryAddress => has.Has(SecondaryControls.PasidTranslation),
        Vmcs64.HighPasidDirectoryAddress => has.Has(SecondaryControls.PasidTranslation),
        Vmcs64.HlatPointer => has.Has(TertiaryControls.EnableHlat),
        Vmcs64.PidPointerTableAddress => has.Has(TertiaryControls.IpiVirtualization),
        Vmcs64.SecondaryExitControls => has.Has(ExitControls.ActivateSecondaryControls),
        _ => true,
    };

    private static bool State(uint field, SoftCapabilities has) => field switch
    {
        (uint)VmcsReadOnly64.GuestPhysicalAddress => has.Has(SecondaryControls.EnableEpt),
        (uint)Vmcs64.GuestPat => Any(has, EntryControls.LoadPat, ExitControls.SavePat),
        (uint)Vmcs64.GuestEfer => Any(has, EntryControls.LoadEfer, ExitControls.SaveEfer),
        (uint)Vmcs64.GuestPerfGlobalCtrl => Any(has, EntryControls.LoadPerfGlobalCtrl, ExitControls.SavePerfGlobalCtrl),
        >= (uint)Vmcs64.GuestPdpte0 and <= (uint)Vmcs64.GuestPdpte3 => has.Has(SecondaryControls.EnableEpt),
        (uint)Vmcs64.GuestBndCfgs => Any(has, EntryControls.LoadBndCfgs, ExitControls.ClearBndCfgs),
        (uint)Vmcs64.GuestRtitCtl => Any(has, EntryControls.LoadRtitCtl, ExitControls.ClearRtitCtl),
        (uint)Vmcs64.GuestLbrCtl => Any(has, EntryControls.LoadLbrCtl, ExitControls.ClearLbrCtl),
        (uint)Vmcs64.GuestPkrs => has.Has(EntryControls.LoadPkrs),
        (uint)Vmcs64.HostPat => has.Has(ExitControls.LoadPat),
        (uint)Vmcs64.HostEfer => has.Has(ExitControls.LoadEfer),
        (uint)Vmcs64.HostPerfGlobalCtrl => has.Has(ExitControls.LoadPerfGlobalCtrl),
        (uint)Vmcs64.HostPkrs => has.Has(ExitControls.LoadPkrs),
        _ => true,
    };

    private static bool Any(SoftCapabilities has, EntryControls entry, ExitControls exit) =>
        has.Has(entry) || has.Has(exit);

    private static Dictionary<uint, string> ReadNames()
    {
        var names = new Dictionary<uint, string>();
        Type[] tables =
        [
            typeof(Vmcs16), typeof(Vmcs64), typeof(VmcsReadOnly64), typeof(Vmcs32), typeof(VmcsReadOnly32),
            typeof(VmcsNatural), typeof(VmcsReadOnlyNatural),
        ];
        foreach (Type table in tables)
        {
            foreach (object field in Enum.GetValues(table))
            {
                names.Add(Convert.ToUInt32(field), field.ToString());
            }
        }

        return names;
    }
}
