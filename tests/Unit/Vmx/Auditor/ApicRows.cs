// Broken controls of APIC virtualisation, one rule each. SDM 3C 28.2.1.1 VM-Execution Control Fields.

using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;
using static MinusOne.Tests.Unit.Vmx.Auditor.ExecutionRows;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class ApicRows
{
    public static AuditRow[] All =>
    [
        new(
            Long64,
            AuditRule.VirtualApicAddress,
            Vmcs64.VirtualApicAddress,
            (v, m) =>
            {
                Shadow(v);
                v[Vmcs64.VirtualApicAddress] = 0x1_3001;
            }),
        new(
            Long64,
            AuditRule.TprThresholdReserved,
            Vmcs32.TprThreshold,
            (v, m) =>
            {
                Shadow(v);
                v[Vmcs32.TprThreshold] = 0x10;
            }),
        new(
            Long64,
            AuditRule.TprThresholdAboveVtpr,
            Vmcs32.TprThreshold,
            (v, m) =>
            {
                Shadow(v);
                v.Memory[0x1_3080] = 0x4F;
                v[Vmcs32.TprThreshold] = 5;
            }),
        new(
            Long64,
            AuditRule.ApicVirtualizationNeedsTprShadow,
            Vmcs32.SecondaryControls,
            (v, m) => Set(v, SecondaryControls.VirtualizeX2ApicMode),
            "x2APIC mode"),
        new(
            Long64,
            AuditRule.ApicVirtualizationNeedsTprShadow,
            Vmcs32.SecondaryControls,
            (v, m) => Set(v, SecondaryControls.ApicRegisterVirtualization),
            "APIC registers"),
        new(
            Long64,
            AuditRule.ApicVirtualizationNeedsTprShadow,
            Vmcs32.SecondaryControls,
            (v, m) => Set(v, SecondaryControls.VirtualInterruptDelivery),
            "virtual interrupts"),
        new(
            Long64,
            AuditRule.ApicVirtualizationNeedsTprShadow,
            Vmcs64.TertiaryControls,
            (v, m) => SetTertiary(v, TertiaryControls.IpiVirtualization),
            "IPIs"),
        new(
            Long64,
            AuditRule.ApicAccessAddress,
            Vmcs64.ApicAccessAddress,
            (v, m) =>
            {
                Set(v, SecondaryControls.VirtualizeApicAccesses);
                v[Vmcs64.ApicAccessAddress] = 0xFEE0_0800;
            }),
        new(
            Long64,
            AuditRule.X2ApicModeExcludesApicAccesses,
            Vmcs32.SecondaryControls,
            (v, m) =>
            {
                Shadow(v);
                Set(v, SecondaryControls.VirtualizeApicAccesses | SecondaryControls.VirtualizeX2ApicMode);
            }),
        new(
            Long64,
            AuditRule.VirtualInterruptsNeedInterruptExiting,
            Vmcs32.PinControls,
            (v, m) =>
            {
                Deliver(v);
                v[Vmcs32.PinControls] &= ~(uint)PinControls.ExternalInterruptExiting;
            }),
        new(
            Long64,
            AuditRule.PostedInterruptsNeedVirtualInterrupts,
            Vmcs32.SecondaryControls,
            (v, m) => v[Vmcs32.PinControls] |= (uint)PinControls.PostedInterrupts),
        new(
            Long64,
            AuditRule.PostedInterruptsNeedAcknowledge,
            Vmcs32.ExitControls,
            (v, m) =>
            {
                Post(v);
                v[Vmcs32.ExitControls] &= ~(uint)ExitControls.AcknowledgeInterruptOnExit;
            }),
        new(
            Long64,
            AuditRule.PostedInterruptVector,
            Vmcs16.PostedInterruptNotificationVector,
            (v, m) =>
            {
                Post(v);
                v[Vmcs16.PostedInterruptNotificationVector] = 0x130;
            }),
        new(
            Long64,
            AuditRule.PostedInterruptDescriptorAddress,
            Vmcs64.PostedInterruptDescriptorAddress,
            (v, m) =>
            {
                Post(v);
                v[Vmcs64.PostedInterruptDescriptorAddress] = 0x1_4020;
            }),
        new(
            Long64,
            AuditRule.PidPointerTableAddress,
            Vmcs64.PidPointerTableAddress,
            (v, m) =>
            {
                Shadow(v);
                SetTertiary(v, TertiaryControls.IpiVirtualization);
                v[Vmcs64.PidPointerTableAddress] = 0x1_4004;
            }),
        new(
            Long64,
            AuditRule.PidPointerTableAddress,
            Vmcs64.PidPointerTableAddress,
            (v, m) =>
            {
                Shadow(v);
                SetTertiary(v, TertiaryControls.IpiVirtualization);
                v[Vmcs64.PidPointerTableAddress] = (1ul << 40) - 8;
                v[Vmcs16.LastPidPointerIndex] = 1;
            },
            "end"),
    ];

    private static void Shadow(VmcsImage vmcs)
    {
        vmcs[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.UseTprShadow;
        vmcs[Vmcs64.VirtualApicAddress] = 0x1_3000;
    }

    private static void Deliver(VmcsImage vmcs)
    {
        Shadow(vmcs);
        Set(vmcs, SecondaryControls.VirtualInterruptDelivery);
    }

    private static void Post(VmcsImage vmcs)
    {
        Deliver(vmcs);
        vmcs[Vmcs32.PinControls] |= (uint)PinControls.PostedInterrupts;
    }
}
