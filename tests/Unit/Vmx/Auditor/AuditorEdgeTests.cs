// What is just allowed: each of these stands right beside a rule and must not be a finding.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;
using static MinusOne.Tests.Model.GoodVmcs;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

public sealed class AuditorEdgeTests
{
    private static readonly Dictionary<string, AuditEdge> s_edges = new()
    {
        ["four CR3 targets"] = new(Long64, (v, m) => v[Vmcs32.Cr3TargetCount] = 4),
        ["highest page"] = new(Long64, (v, m) => v[Vmcs64.MsrBitmaps] = 0xFF_FFFF_F000),
        ["no VPID, no EPT"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.SecondaryControls] = 0;
            v[Vmcs16.VirtualProcessorId] = 0;
            v[Vmcs64.EptPointer] = ulong.MaxValue;
        }),
        ["uncacheable tables"] = new(Long64, (v, m) => v[Vmcs64.EptPointer] = 0x2_0018),
        ["five levels"] = new(Long64, (v, m) => v[Vmcs64.EptPointer] = 0x2_0026),
        ["shadow stacks in EPT"] = new(Long64, (v, m) => v[Vmcs64.EptPointer] = 0x2_009E),
        ["threshold equals VTPR"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.UseTprShadow;
            v[Vmcs64.VirtualApicAddress] = 0x1_3000;
            v[Vmcs32.TprThreshold] = 0xF;
            v.Memory[0x1_3080] = 0xF0;
        }),
        ["threshold of no use"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.UseTprShadow;
            v[Vmcs32.SecondaryControls] |= (uint)SecondaryControls.VirtualInterruptDelivery;
            v[Vmcs32.TprThreshold] = 0x100;
        }),
        ["IPI table ends with memory"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.UseTprShadow;
            ExecutionRows.SetTertiary(v, TertiaryControls.IpiVirtualization);
            v[Vmcs64.PidPointerTableAddress] = 0xFF_FFFF_FFF0;
            v[Vmcs16.LastPidPointerIndex] = 1;
        }),
        ["longest HLAT prefix"] = new(Long64, (v, m) =>
        {
            ExecutionRows.SetTertiary(v, TertiaryControls.EnableHlat);
            v[Vmcs16.HlatPrefixSize] = 52;
            v[Vmcs64.HlatPointer] = 0x1_5018;
        }),
        ["MSR area ends with memory"] = new(Long64, (v, m) =>
        {
            v[Vmcs64.ExitMsrLoadAddress] = 0xFF_FFFF_F000;
            v[Vmcs32.ExitMsrLoadCount] = 256;
        }),
        ["#GP with code"] = Inject(Long64, 0x8000_0B0D, code: 0xFFFF),
        ["#GP in real mode"] = Inject(RealMode, 0x8000_030D),
        ["#PF in virtual-8086 mode"] = Inject(Virtual8086, 0x8000_0B0E),
        ["exception 31"] = Inject(Long64, 0x8000_031F),
        ["pending monitor trap flag"] = Inject(Long64, 0x8000_0700),
        ["INT n of 15 bytes"] = Inject(Long64, 0x8000_04FF, length: 15),
        ["INT3 of no length"] = Inject(Long64, 0x8000_0603),
        ["NMI under NMI blocking, no virtual NMIs"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.PinControls] &= ~(uint)PinControls.VirtualNmis;
            v[Vmcs32.GuestInterruptibilityState] = InterruptibilityState.Nmi;
            v[Vmcs32.EntryInterruptionInformation] = 0x8000_0202;
        }),
        ["interrupt into HLT"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestActivityState] = 1;
            v[VmcsNatural.GuestRflags] = 0x202;
            v[Vmcs32.EntryInterruptionInformation] = 0x8000_00FF;
        }),
        ["#DB into HLT"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestActivityState] = 1;
            v[Vmcs32.EntryInterruptionInformation] = 0x8000_0301;
        }),
        ["#MC into shutdown"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestActivityState] = 2;
            v[Vmcs32.EntryInterruptionInformation] = 0x8000_0312;
        }),
        ["wait for SIPI"] = new(Long64, (v, m) => v[Vmcs32.GuestActivityState] = 3),
        ["STI with IF"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestInterruptibilityState] = InterruptibilityState.Sti;
            v[VmcsNatural.GuestRflags] = 0x202;
        }),
        ["step pending under MOV SS"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestInterruptibilityState] = InterruptibilityState.MovSs;
            v[VmcsNatural.GuestRflags] = 0x102;
            v[VmcsNatural.GuestPendingDebugExceptions] = PendingDebugExceptions.Step;
        }),
        ["breakpoints pending"] = new(Long64, (v, m) => v[VmcsNatural.GuestPendingDebugExceptions] = 0x100F),
        ["32-bit SS is null"] = new(Long64, (v, m) => v[Vmcs16.HostSsSelector] = 0),
        ["highest canonical host base"] = new(Long64, (v, m) => v[VmcsNatural.HostGsBase] = 0x7FFF_FFFF_FFFF),
        ["lowest upper canonical host base"] = new(Long64, (v, m) => v[VmcsNatural.HostGsBase] = 0xFFFF_8000_0000_0000),
        ["host RIP of 57 bits"] = new(Long64, (v, m) =>
        {
            m.Limits.LinearAddressBits = 57;
            v[VmcsNatural.HostCr4] |= 1ul << 12;
            v[VmcsNatural.HostRip] = 0xFF_FFFF_FFFF_FFFF;
        }),
        ["CET on the host"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.ExitControls] |= (uint)ExitControls.LoadCetState;
            v[VmcsNatural.HostCr4] |= 1ul << 23;
            v[VmcsNatural.HostSCet] = 0xFFFF_8000_0000_083F;
            v[VmcsNatural.HostSsp] = 0x1004;
        }),
        ["all memory types"] = new(Long64, (v, m) => v[Vmcs64.GuestPat] = 0x0106_0504_0100_0706),
        ["LME without paging"] = new(Protected32, (v, m) => v[Vmcs64.GuestEfer] = 0x100),
        ["EFER is not loaded"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.EntryControls] &= ~(uint)EntryControls.LoadEfer;
            v[Vmcs64.GuestEfer] = ulong.MaxValue;
        }),
        ["nothing of the guest is loaded"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.EntryControls] &= ~(uint)EntryControls.LoadPat;
            v[Vmcs64.GuestPat] = v[Vmcs64.GuestPerfGlobalCtrl] = v[Vmcs64.GuestBndCfgs] = ulong.MaxValue / 3;
            v[Vmcs64.GuestRtitCtl] = v[Vmcs64.GuestLbrCtl] = v[Vmcs64.GuestPkrs] = ulong.MaxValue;
            v[VmcsNatural.GuestSCet] = v[VmcsNatural.GuestSsp] = ulong.MaxValue;
            v[VmcsNatural.GuestInterruptSspTableAddress] = 1ul << 47;
            v[Vmcs16.GuestUserInterruptNotificationVector] = 0x100;
        }),
        ["nothing of the host is loaded"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.ExitControls] &= ~(uint)(ExitControls.LoadPat | ExitControls.LoadEfer);
            v[Vmcs64.HostPat] = v[Vmcs64.HostPerfGlobalCtrl] = v[Vmcs64.HostPkrs] = ulong.MaxValue / 3;
            v[Vmcs64.HostEfer] = v[VmcsNatural.HostSCet] = v[VmcsNatural.HostSsp] = ulong.MaxValue;
            v[VmcsNatural.HostInterruptSspTableAddress] = 1ul << 47;
        }),
        ["everything is loaded"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.EntryControls] |= (uint)(EntryControls.LoadPerfGlobalCtrl | EntryControls.LoadBndCfgs
                | EntryControls.LoadRtitCtl | EntryControls.LoadUserInterruptNotificationVector
                | EntryControls.LoadCetState | EntryControls.LoadLbrCtl | EntryControls.LoadPkrs);
            v[Vmcs64.GuestPerfGlobalCtrl] = 0x7_0000_000F;
            v[Vmcs64.GuestBndCfgs] = 0xFFFF_8000_0000_1003;
            v[Vmcs64.GuestLbrCtl] = 0x7F_000F;
            v[Vmcs64.GuestPkrs] = 0xFFFF_FFFF;
            v[Vmcs16.GuestUserInterruptNotificationVector] = 0xFF;
            v[VmcsNatural.GuestSCet] = 0xFFFF_8000_0000_043F;
            v[VmcsNatural.GuestSsp] = 0x8000_0000_0004;
        }),
        ["highest notification vector"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.PinControls] |= (uint)PinControls.PostedInterrupts;
            v[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.UseTprShadow;
            v[Vmcs32.SecondaryControls] |= (uint)SecondaryControls.VirtualInterruptDelivery;
            v[Vmcs16.PostedInterruptNotificationVector] = 0xFF;
            v[Vmcs64.PostedInterruptDescriptorAddress] = 0x1_4040;
        }),
        ["debug controls are not loaded"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.EntryControls] &= ~(uint)EntryControls.LoadDebugControls;
            v[Vmcs64.GuestDebugCtl] = v[VmcsNatural.GuestDr7] = ulong.MaxValue;
        }),
        ["RIP at the address bit"] = new(Long64, (v, m) => v[VmcsNatural.GuestRip] = 1ul << 47),
        ["RIP of 4 GiB less one"] = new(Pae32, (v, m) => v[VmcsNatural.GuestRip] = 0xFFFF_FFFF),
        ["PCID in long mode"] = new(Long64, (v, m) => v[VmcsNatural.GuestCr4] |= 1ul << 17),
        ["CS is data in real mode"] = new(RealMode, (v, m) => v[Vmcs32.GuestCsAccessRights] = 0x93),
        ["CS and SS of different RPL, unrestricted"] = new(RealMode, (v, m) => v[Vmcs16.GuestSsSelector] = 3),
        ["conforming CS below SS"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestCsAccessRights] = 0xA09F;
            v[Vmcs32.GuestSsAccessRights] = 0xC0F7;
            v[Vmcs16.GuestCsSelector] = 0x0B;
            v[Vmcs16.GuestSsSelector] = 0x13;
        }),
        ["user mode"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestCsAccessRights] = 0xA0FB;
            v[Vmcs32.GuestSsAccessRights] = 0xC0F3;
            v[Vmcs16.GuestCsSelector] = 0x0B;
            v[Vmcs16.GuestSsSelector] = 0x13;
        }),
        ["conforming code in DS"] = new(Pae32, (v, m) =>
        {
            v[Vmcs32.GuestDsAccessRights] = 0xC09F;
            v[Vmcs16.GuestDsSelector] = 0x13;
        }),
        ["data below its RPL, unrestricted"] = new(Protected32, (v, m) => v[Vmcs16.GuestDsSelector] = 0x13),
        ["big compatibility CS"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.GuestCsAccessRights] = 0xC09B;
            v[VmcsNatural.GuestRip] = 0x1000;
        }),
        ["byte limit just below 1 MiB"] = new(RealMode, (v, m) => v[Vmcs32.GuestDsLimit] = 0xF_FFFE),
        ["usable LDTR"] = new(Long64, (v, m) => v[Vmcs32.GuestLdtrAccessRights] = 0x82),
        ["16-bit TSS"] = new(Pae32, (v, m) => v[Vmcs32.GuestTrAccessRights] = 0x83),
        ["PDPTE with available bits"] = new(Pae32, (v, m) => v[Vmcs64.GuestPdpte1] = 0xFF_FFFF_FE19),
        ["link to another VMCS"] = new(Long64, (v, m) =>
        {
            v[Vmcs64.VmcsLinkPointer] = 0x7000;
            v.Memory[0x7000] = 0x0000_0001_0000_002B;
        }),
        ["link to a shadow VMCS"] = new(Long64, (v, m) =>
        {
            v[Vmcs32.SecondaryControls] |= (uint)SecondaryControls.VmcsShadowing;
            v[Vmcs64.VmcsLinkPointer] = 0x7000;
            v.Memory[0x7000] = 0x8000_002B;
        }),
        ["MSRs just outside the x2APIC"] = new(Long64, (v, m) =>
        {
            v[Vmcs64.EntryMsrLoadAddress] = 0x8000;
            v[Vmcs32.EntryMsrLoadCount] = 2;
            v.Memory[0x8000] = 0x7FF;
            v.Memory[0x8008] = v.Memory[0x8018] = 0;
            v.Memory[0x8010] = 0x900;
        }),
    };

    public static TheoryData<string> Edges => [.. s_edges.Keys];

    [Theory]
    [MemberData(nameof(Edges))]
    public void IsAllowed(string edge)
    {
        VmcsImage vmcs = s_edges[edge].Good();
        ProcessorFacts facts = ProcessorFacts.Everything();
        s_edges[edge].Change(vmcs, facts);
        Assert.Empty(AuditorTests.All(AuditorTests.Audit(vmcs, facts)).Select(finding => finding.Rule));
    }

    private static AuditEdge Inject(Func<VmcsImage> good, uint information, uint code = 0, uint length = 0) =>
        new(good, (v, m) =>
        {
            v[Vmcs32.EntryInterruptionInformation] = information;
            v[Vmcs32.EntryExceptionErrorCode] = code;
            v[Vmcs32.EntryInstructionLength] = length;
        });
}
