// Broken guest state that is not in registers, and broken MSR areas, one rule each. SDM 3C 28.3.1.5 Checks on Guest
// Non-Register State, 28.3.1.6 Checks on Guest Page-Directory-Pointer-Table Entries, 28.4 Loading MSRs.

using System;
using MinusOne.Tests.Model;
using static MinusOne.Tests.Model.GoodVmcs;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal static class GuestStateRows
{
    private const ulong NotCanonical = 0x8000_0000_0000;
    private const ulong Step = PendingDebugExceptions.Step;

    public static AuditRow[] All =>
    [
        Activity(AuditRule.ActivityUnsupported, 4),
        new(
            Long64,
            AuditRule.ActivityUnsupported,
            Vmcs32.GuestActivityState,
            (v, m) =>
            {
                m.Vmx.Misc = new VmxMisc(m.Vmx.Misc.Raw & ~(1ul << 8));
                v[Vmcs32.GuestActivityState] = 3;
            },
            "no wait-for-SIPI"),
        new(
            Virtual8086,
            AuditRule.ActivityHltNeedsDpl0,
            Vmcs32.GuestActivityState,
            (v, m) => v[Vmcs32.GuestActivityState] = 1),
        Activity(AuditRule.ActivityNeedsNoBlocking, 1, blocking: InterruptibilityState.MovSs),
        Activity(AuditRule.ActivityBlocksInjection, 1, injection: 0x8000_0306),
        Activity(AuditRule.ActivityBlocksInjection, 2, injection: 0x8000_0301),
        Activity(AuditRule.ActivityBlocksInjection, 3, injection: 0x8000_0202),
        Blocking(AuditRule.InterruptibilityReserved, 0x20),
        Blocking(AuditRule.StiAndMovSsBlocking, 3, rflags: 0x202),
        Blocking(AuditRule.StiBlockingNeedsInterruptFlag, InterruptibilityState.Sti),
        Blocking(AuditRule.ExternalInterruptBlocked, InterruptibilityState.Sti, 0x202, 0x8000_0040),
        Blocking(AuditRule.ExternalInterruptBlocked, InterruptibilityState.MovSs, 0x202, 0x8000_0040),
        Blocking(AuditRule.NmiBlockedByMovSs, InterruptibilityState.MovSs, 0x202, 0x8000_0202),
        Blocking(AuditRule.NmiBlockedBySti, InterruptibilityState.Sti, 0x202, 0x8000_0202),
        Blocking(AuditRule.VirtualNmiBlocked, InterruptibilityState.Nmi, 2, 0x8000_0202),
        Blocking(AuditRule.SmiBlockingOutsideSmm, InterruptibilityState.Smi),
        Blocking(AuditRule.EnclaveInterruption, InterruptibilityState.EnclaveInterruption),
        Pending(AuditRule.PendingDebugReserved, 0x10),
        Pending(AuditRule.PendingDebugReserved, PendingDebugExceptions.BusLock),
        Pending(AuditRule.PendingDebugTransaction, 0x1_1000),
        new(
            Long64,
            AuditRule.PendingDebugTransaction,
            VmcsNatural.GuestPendingDebugExceptions,
            (v, m) =>
            {
                m.Limits.HasRtm = true;
                v[VmcsNatural.GuestPendingDebugExceptions] = 0x1_1001;
            },
            "with another"),
        Stepping(AuditRule.PendingStepMissing, InterruptibilityState.Sti, 0, 0x302, 0),
        Stepping(AuditRule.PendingStepMissing, InterruptibilityState.MovSs, 0, 0x102, 0),
        Stepping(AuditRule.PendingStepMissing, 0, 1, 0x102, 0),
        Stepping(AuditRule.PendingStepWithoutTrap, InterruptibilityState.MovSs, 0, 2, Step),
        new(
            Long64,
            AuditRule.PendingStepWithoutTrap,
            VmcsNatural.GuestPendingDebugExceptions,
            (v, m) =>
            {
                v[Vmcs32.GuestInterruptibilityState] = InterruptibilityState.MovSs;
                v[VmcsNatural.GuestRflags] = 0x102;
                v[Vmcs64.GuestDebugCtl] = 2;
                v[VmcsNatural.GuestPendingDebugExceptions] = Step;
            },
            "steps on branches"),
        Link(AuditRule.LinkPointerAddress, 0x7008, 0x2B),
        Link(AuditRule.LinkPointerAddress, 1ul << 40, 0x2B),
        Link(AuditRule.LinkPointerRevision, 0x7000, 0x2C),
        Link(AuditRule.LinkPointerRevision, 0x7000, 0x8000_002B),
        Link(AuditRule.LinkPointerIsCurrent, 0x5000, 0x2B),
        Pdpte(Vmcs64.GuestPdpte0, 0x2003),
        Pdpte(Vmcs64.GuestPdpte1, 0x2021),
        Pdpte(Vmcs64.GuestPdpte3, (1ul << 40) | 1),
        new(
            Pae32,
            AuditRule.GuestPdpteReserved,
            VmcsNatural.GuestCr3,
            (v, m) =>
            {
                ExecutionRows.Clear(v, SecondaryControls.EnableEpt);
                v[VmcsNatural.GuestCr3] = 0x1018;
                v.Memory[0x1000] = 0;
                v.Memory[0x1008] = 0x105;
            },
            "in memory"),
        Load(AuditRule.EntryMsrIsSegmentBase, (ulong)Msr.FsBase, 0),
        Load(AuditRule.EntryMsrIsSegmentBase, (ulong)Msr.GsBase, 0),
        Load(AuditRule.EntryMsrIsX2Apic, 0x808, 0),
        Load(AuditRule.EntryMsrIsX2Apic, 0x8FF, 0),
        Load(AuditRule.EntryMsrNotLoadable, (ulong)Msr.SmmMonitorControl, 0),
        Load(AuditRule.EntryMsrNotLoadable, (ulong)Msr.MicrocodeUpdateTrigger, 0),
        Load(AuditRule.EntryMsrReserved, (1ul << 32) | (ulong)Msr.Star, 0),
        Load(AuditRule.EntryMsrValue, (ulong)Msr.Lstar, NotCanonical),
        Load(AuditRule.EntryMsrValue, (ulong)Msr.Pat, 2),
        Load(AuditRule.EntryMsrValue, (ulong)Msr.Efer, 2),
        Load(AuditRule.EntryMsrValue, (ulong)Msr.DebugCtl, 8),
        Load(AuditRule.EntryMsrValue, (ulong)Msr.PerfGlobalCtrl, 0x10),
        Load(AuditRule.EntryMsrValue, (ulong)Msr.TscAux, 1ul << 32),
    ];

    // These rows come behind the finding that there is no entry to SMM here.
    public static AuditRow[] Second =>
    [
        new(
            Long64,
            AuditRule.SmmEntryNeedsSmiBlocking,
            Vmcs32.GuestInterruptibilityState,
            (v, m) => v[Vmcs32.EntryControls] |= (uint)EntryControls.EntryToSmm),
        new(
            Long64,
            AuditRule.ActivityWaitForSipiInSmm,
            Vmcs32.GuestActivityState,
            (v, m) =>
            {
                v[Vmcs32.EntryControls] |= (uint)EntryControls.EntryToSmm;
                v[Vmcs32.GuestActivityState] = 3;
            }),
    ];

    private static AuditRow Activity(AuditRule rule, uint activity, uint blocking = 0, uint injection = 0) =>
        new(
            Long64,
            rule,
            Vmcs32.GuestActivityState,
            (v, m) =>
            {
                v[Vmcs32.GuestActivityState] = activity;
                v[Vmcs32.GuestInterruptibilityState] = blocking;
                v[Vmcs32.EntryInterruptionInformation] = injection;
            },
            $"{activity} {injection:X}");

    private static AuditRow Blocking(AuditRule rule, uint blocking, ulong rflags = 2, uint injection = 0) =>
        new(
            Long64,
            rule,
            Vmcs32.GuestInterruptibilityState,
            (v, m) =>
            {
                v[Vmcs32.GuestInterruptibilityState] = blocking;
                v[VmcsNatural.GuestRflags] = rflags;
                v[Vmcs32.EntryInterruptionInformation] = injection;
            },
            $"{blocking:X} {injection:X}");

    private static AuditRow Pending(AuditRule rule, ulong pending) =>
        Stepping(rule, 0, 0, 2, pending);

    private static AuditRow Stepping(AuditRule rule, uint blocking, uint activity, ulong rflags, ulong pending) =>
        new(
            Long64,
            rule,
            VmcsNatural.GuestPendingDebugExceptions,
            (v, m) =>
            {
                v[Vmcs32.GuestInterruptibilityState] = blocking;
                v[Vmcs32.GuestActivityState] = activity;
                v[VmcsNatural.GuestRflags] = rflags;
                v[VmcsNatural.GuestPendingDebugExceptions] = pending;
            },
            $"{blocking} {activity} {pending:X}");

    private static AuditRow Link(AuditRule rule, ulong address, ulong header) =>
        new(
            Long64,
            rule,
            Vmcs64.VmcsLinkPointer,
            (v, m) =>
            {
                v[Vmcs64.VmcsLinkPointer] = address;
                v.Memory[address] = header;
            },
            $"{address:X} {header:X}");

    private static AuditRow Pdpte(Vmcs64 field, ulong value) =>
        new(Pae32, AuditRule.GuestPdpteReserved, field, (v, m) => v[field] = value, $"{field}");

    private static AuditRow Load(AuditRule rule, ulong key, ulong value) =>
        new(
            Long64,
            rule,
            Vmcs64.EntryMsrLoadAddress,
            (v, m) => MsrArea(v, Vmcs64.EntryMsrLoadAddress, Vmcs32.EntryMsrLoadCount, key, value),
            $"{key:X}");

    // The broken entry comes second.
    private static void MsrArea(VmcsImage vmcs, Vmcs64 address, Vmcs32 count, ulong key, ulong value)
    {
        vmcs[address] = 0x8000;
        vmcs[count] = 2;
        vmcs.Memory[0x8000] = (ulong)Msr.KernelGsBase;
        vmcs.Memory[0x8008] = 0;
        vmcs.Memory[0x8010] = key;
        vmcs.Memory[0x8018] = value;
    }
}
