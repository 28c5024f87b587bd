// Broken VM-execution controls, one rule each. SDM 3C 28.2.1.1 VM-Execution Control Fields.

using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class ExecutionRows
{
    private const ulong Misaligned = 0x1_2800;
    private const ulong BeyondWidth = 1ul << 40;

    public static AuditRow[] All =>
    [
        new(Long64, AuditRule.PinControlsMustBeOne, Vmcs32.PinControls, (v, m) => v[Vmcs32.PinControls] &= ~2u),
        new(Long64, AuditRule.PinControlsMustBeZero, Vmcs32.PinControls, (v, m) => v[Vmcs32.PinControls] |= 0x100),
        new(
            Long64,
            AuditRule.PrimaryControlsMustBeOne,
            Vmcs32.PrimaryControls,
            (v, m) => v[Vmcs32.PrimaryControls] &= ~2u),
        new(
            Long64,
            AuditRule.PrimaryControlsMustBeZero,
            Vmcs32.PrimaryControls,
            (v, m) => v[Vmcs32.PrimaryControls] |= 1u << 18),
        new(
            Long64,
            AuditRule.SecondaryControlsMustBeOne,
            Vmcs32.SecondaryControls,
            (v, m) => m.Vmx.Secondary = new AllowedControls(0xFFFF_FFFF_0000_0008)),
        new(
            Long64,
            AuditRule.SecondaryControlsMustBeZero,
            Vmcs32.SecondaryControls,
            (v, m) => m.Vmx.Secondary = new AllowedControls(0xFFFF_FFDF_0000_0000)),
        new(
            Long64,
            AuditRule.TertiaryControlsMustBeZero,
            Vmcs64.TertiaryControls,
            (v, m) => SetTertiary(v, (TertiaryControls)(1ul << 40))),
        new(Long64, AuditRule.Cr3TargetCount, Vmcs32.Cr3TargetCount, (v, m) => v[Vmcs32.Cr3TargetCount] = 5),
        new(Long64, AuditRule.IoBitmapAddress, Vmcs64.IoBitmapA, (v, m) => v[Vmcs64.IoBitmapA] = Misaligned, "A"),
        new(Long64, AuditRule.IoBitmapAddress, Vmcs64.IoBitmapB, (v, m) => v[Vmcs64.IoBitmapB] = BeyondWidth, "B"),
        new(Long64, AuditRule.MsrBitmapAddress, Vmcs64.MsrBitmaps, (v, m) => v[Vmcs64.MsrBitmaps] = 0x1_2001),
        new(
            Long64,
            AuditRule.MsrBitmapAddress,
            Vmcs64.MsrBitmaps,
            (v, m) =>
            {
                m.Vmx.Basic = new VmxBasic(m.Vmx.Basic.Raw | (1ul << 48));
                v[Vmcs64.MsrBitmaps] = 1ul << 32;
            },
            "32-bit addresses only"),
        new(
            Long64,
            AuditRule.VirtualNmisNeedNmiExiting,
            Vmcs32.PinControls,
            (v, m) => v[Vmcs32.PinControls] &= ~(uint)PinControls.NmiExiting),
        new(
            Long64,
            AuditRule.NmiWindowNeedsVirtualNmis,
            Vmcs32.PrimaryControls,
            (v, m) =>
            {
                v[Vmcs32.PinControls] &= ~(uint)PinControls.VirtualNmis;
                v[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.NmiWindowExiting;
            }),
        new(
            Long64,
            AuditRule.VmFunctionsReserved,
            Vmcs64.VmFunctionControls,
            (v, m) =>
            {
                Set(v, SecondaryControls.EnableVmFunctions);
                v[Vmcs64.VmFunctionControls] = 2;
            }),
        new(
            Long64,
            AuditRule.EptpSwitchingNeedsEpt,
            Vmcs64.VmFunctionControls,
            (v, m) =>
            {
                Set(v, SecondaryControls.EnableVmFunctions);
                Clear(v, SecondaryControls.EnableEpt);
                v[Vmcs64.VmFunctionControls] = 1;
            }),
        new(
            Long64,
            AuditRule.EptpListAddress,
            Vmcs64.EptpListAddress,
            (v, m) =>
            {
                Set(v, SecondaryControls.EnableVmFunctions);
                v[Vmcs64.VmFunctionControls] = 1;
                v[Vmcs64.EptpListAddress] = Misaligned;
            }),
        Address(
            SecondaryControls.VmcsShadowing, AuditRule.VmReadBitmapAddress, Vmcs64.VmReadBitmapAddress, Misaligned),
        Address(
            SecondaryControls.VmcsShadowing, AuditRule.VmWriteBitmapAddress, Vmcs64.VmWriteBitmapAddress, BeyondWidth),
        Address(
            SecondaryControls.EptViolationException,
            AuditRule.VirtualizationExceptionAddress,
            Vmcs64.VirtualizationExceptionInformationAddress,
            Misaligned),
        Address(
            SecondaryControls.PasidTranslation,
            AuditRule.PasidDirectoryAddress,
            Vmcs64.LowPasidDirectoryAddress,
            Misaligned),
        Address(
            SecondaryControls.PasidTranslation,
            AuditRule.PasidDirectoryAddress,
            Vmcs64.HighPasidDirectoryAddress,
            BeyondWidth),
        Address(SecondaryControls.EnablePml, AuditRule.PmlAddress, Vmcs64.PmlAddress, Misaligned),
        Address(
            SecondaryControls.SubPageWritePermissions,
            AuditRule.SubPagePermissionTable,
            Vmcs64.SubPagePermissionTablePointer,
            Misaligned),
        new(
            Long64,
            AuditRule.PtNeedsEptAndRtitControls,
            Vmcs32.SecondaryControls,
            (v, m) => Set(v, SecondaryControls.PtUsesGuestPhysicalAddresses)),
        new(
            Long64,
            AuditRule.TscMultiplierIsZero,
            Vmcs64.TscMultiplier,
            (v, m) => Set(v, SecondaryControls.UseTscScaling)),
    ];

    public static void Set(VmcsImage vmcs, SecondaryControls bits) => vmcs[Vmcs32.SecondaryControls] |= (uint)bits;

    public static void Clear(VmcsImage vmcs, SecondaryControls bits) => vmcs[Vmcs32.SecondaryControls] &= ~(uint)bits;

    public static void SetTertiary(VmcsImage vmcs, TertiaryControls bits)
    {
        vmcs[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.ActivateTertiaryControls;
        vmcs[Vmcs64.TertiaryControls] |= (ulong)bits;
    }

    private static AuditRow Address(SecondaryControls control, AuditRule rule, Vmcs64 field, ulong address) =>
        new(
            Long64,
            rule,
            field,
            (v, m) =>
            {
                Set(v, control);
                v[field] = address;
            },
            $"{field}");
}
