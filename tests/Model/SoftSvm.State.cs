// The state that VMRUN, exits, VMLOAD and VMSAVE move, and the VMCB in the form that scripts read: a VMCS whose
// controls say what the intercepts say. AMD APM 2 15.5.1 Basic Operation, 15.5.2 VMSAVE and VMLOAD Instructions, 15.6
// #VMEXIT.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class SoftSvm
{
    private const uint Unusable = 1u << 16, Present = 1u << 7;

    private static readonly (Msr Msr, int Place)[] s_moved =
    [
        (Msr.FsBase, 0x448), (Msr.GsBase, 0x458), (Msr.Star, 0x600), (Msr.Lstar, 0x608), (Msr.Cstar, 0x610),
        (Msr.Fmask, 0x618), (Msr.KernelGsBase, 0x620), (Msr.SysenterCs, 0x628), (Msr.SysenterEsp, 0x630),
        (Msr.SysenterEip, 0x638),
    ];

    // The places of the segment registers, in the order of VT-x: ES, CS, SS, DS, FS, GS, LDTR, TR.
    private static readonly int[] s_segments = [0x400, 0x410, 0x420, 0x430, 0x440, 0x450, 0x470, 0x490];

    private const int FirstOfVmLoad = 4;

    // FS, GS, LDTR and TR as the processor has them.
    private readonly VmcbSegment[] _hidden = new VmcbSegment[4];

    // Guests in whose NMI handler nobody has come to IRET.
    private readonly HashSet<ulong> _nmiBlocked = [];

    private readonly record struct HostState(
        ulong Cr0, ulong Cr3, ulong Cr4, ulong Efer, ulong Pat, ulong DebugControl);

    private void VmLoad(Vmcb* vmcb)
    {
        for (int i = 0; i < _hidden.Length; i++)
        {
            _hidden[i] = *SegmentAt(vmcb, s_segments[FirstOfVmLoad + i]);
        }

        foreach ((Msr msr, int place) in s_moved)
        {
            _cpu.Msrs[(uint)msr] = *(ulong*)((byte*)vmcb + place);
        }
    }

    private void VmSave(Vmcb* vmcb)
    {
        for (int i = 0; i < _hidden.Length; i++)
        {
            *SegmentAt(vmcb, s_segments[FirstOfVmLoad + i]) = _hidden[i];
        }

        foreach ((Msr msr, int place) in s_moved)
        {
            *(ulong*)((byte*)vmcb + place) = _cpu.Msrs[(uint)msr];
        }
    }

    private HostState LoadGuest()
    {
        var host = new HostState(_cpu.Cr0, _cpu.Cr3, _cpu.Cr4, HostEfer, Get(Msr.Pat), Get(Msr.DebugCtl));
        _cpu.Cr0 = _control.Cr0;
        _cpu.Cr2 = _control.Cr2;
        _cpu.Cr3 = _control.Cr3;
        _cpu.Cr4 = _control.Cr4;
        _cpu.DebugRegisters[6] = _control.Dr6;
        _cpu.Dr7 = _control.Dr7;
        _cpu.Msrs[(uint)Msr.Efer] = _control.Efer;
        _cpu.Msrs[(uint)Msr.Pat] = _control.Pat;
        if (_control.BranchRecords != 0)
        {
            _cpu.Msrs[(uint)Msr.DebugCtl] = _control.DebugControl;
        }

        return host;
    }

    private void LoadHost(HostState host)
    {
        _cpu.Cr0 = host.Cr0;
        _cpu.Cr3 = host.Cr3;
        _cpu.Cr4 = host.Cr4;
        _cpu.Dr7 = (ulong)Dr7.Reset;
        _cpu.Msrs[(uint)Msr.Efer] = host.Efer;
        _cpu.Msrs[(uint)Msr.Pat] = host.Pat;
        if (_control.BranchRecords != 0)
        {
            _cpu.Msrs[(uint)Msr.DebugCtl] = host.DebugControl;
        }
    }

    private SoftVmcs Show(Hpa region)
    {
        var seen = new SoftVmcs(region);
        ShowControls(seen);
        for (uint i = 0; i < s_segments.Length; i++)
        {
            fixed (Vmcb* control = &_control)
            {
                VmcbSegment segment = i < FirstOfVmLoad ? *SegmentAt(control, s_segments[i])
                    : _hidden[i - FirstOfVmLoad];
                uint rights = (segment.Attributes & 0xFFu) | ((segment.Attributes & 0xF00u) << 4);
                seen[Vmcs16.GuestEsSelector + (2 * i)] = segment.Selector;
                seen[Vmcs32.GuestEsLimit + (2 * i)] = segment.Limit;
                seen[VmcsNatural.GuestEsBase + (2 * i)] = segment.Base;
                seen[Vmcs32.GuestEsAccessRights + (2 * i)] = rights | ((rights & Present) == 0 ? Unusable : 0);
            }
        }

        // The privilege level stands where VT-x has it.
        seen[Vmcs32.GuestSsAccessRights] = (seen[Vmcs32.GuestSsAccessRights] & ~0x60u) | ((uint)_control.Cpl << 5);
        seen[Vmcs32.GuestGdtrLimit] = _control.Gdtr.Limit;
        seen[VmcsNatural.GuestGdtrBase] = _control.Gdtr.Base;
        seen[Vmcs32.GuestIdtrLimit] = _control.Idtr.Limit;
        seen[VmcsNatural.GuestIdtrBase] = _control.Idtr.Base;
        seen[VmcsNatural.GuestRip] = _control.Rip;
        seen[VmcsNatural.GuestRsp] = _control.Rsp;
        seen[VmcsNatural.GuestRflags] = _control.Rflags;
        seen[Vmcs32.GuestActivityState] = (uint)ActivityState.Active;
        seen[VmcsNatural.GuestPendingDebugExceptions] = 0;
        bool isNmiBlocked = _nmiBlocked.Contains(region.Value);
        seen[Vmcs32.GuestInterruptibilityState] = ((_control.Shadow & 1) != 0 ? InterruptibilityState.Sti : 0)
            | (isNmiBlocked ? InterruptibilityState.Nmi : 0);
        ShowInjection(seen);
        return seen;
    }

    private void ShowControls(SoftVmcs seen)
    {
        uint If(ulong code, PrimaryControls bit) => IsSet(code) ? (uint)bit : 0;
        seen[Vmcs32.PinControls] = (uint)(PinControls.VirtualNmis
            | (IsSet(0x60) ? PinControls.ExternalInterruptExiting : 0) | (IsSet(0x61) ? PinControls.NmiExiting : 0));
        seen[Vmcs32.PrimaryControls] = (uint)(PrimaryControls.UseTscOffsetting
                | PrimaryControls.ActivateSecondaryControls)
            | If(0x78, PrimaryControls.HltExiting) | If(0x77, PrimaryControls.PauseExiting)
            | If(0x6E, PrimaryControls.RdtscExiting) | If(0x6F, PrimaryControls.RdpmcExiting)
            | If(0x79, PrimaryControls.InvlpgExiting) | If(0x03, PrimaryControls.Cr3StoreExiting)
            | If(0x13, PrimaryControls.Cr3LoadExiting) | If(0x08, PrimaryControls.Cr8StoreExiting)
            | If(0x18, PrimaryControls.Cr8LoadExiting) | If(0x37, PrimaryControls.MovDrExiting)
            | If(0x8A, PrimaryControls.MonitorExiting) | If(0x8B, PrimaryControls.MwaitExiting);
        seen[Vmcs32.SecondaryControls] = (uint)(SecondaryControls.EnableRdtscp | SecondaryControls.UnrestrictedGuest
            | (IsSet(0x89) ? SecondaryControls.WbinvdExiting : 0));
        seen[Vmcs32.ExitControls] = seen[Vmcs32.EntryControls] = seen[Vmcs32.Cr3TargetCount] = 0;
        seen[Vmcs32.ExceptionBitmap] = _control.Exceptions;
        seen[Vmcs32.PageFaultErrorCodeMask] = seen[Vmcs32.PageFaultErrorCodeMatch] = 0;
        seen[VmcsNatural.Cr0GuestHostMask] = seen[VmcsNatural.Cr4GuestHostMask] = 0;
        seen[Vmcs64.TscOffset] = _control.TscOffset;
    }

    // Software interrupts push the next RIP from its field, where there is one.
    private void ShowInjection(SoftVmcs seen)
    {
        var injected = (uint)_control.Injection;
        uint type = (injected >> 8) & 7;
        bool takesField = HasNextRip && type == 4;
        seen[Vmcs32.EntryInterruptionInformation] = injected;
        seen[Vmcs32.EntryExceptionErrorCode] = (uint)(_control.Injection >> 32);
        seen[Vmcs32.EntryInstructionLength] = takesField ? (uint)(_control.NextRip - _control.Rip) : 0;
        bool isSoftException = type == 3 && (injected & 0xFF) is 3 or 4;
        Require((injected >> 31) == 0 || !isSoftException || !HasNextRip || _control.NextRip == _control.Rip,
            "INT3 or INTO injected with RIP and the next RIP apart: processors take either");
    }

    private void SaveGuest(Vmcb* vmcb, SoftVmcs seen, GuestExit exit, GuestRegisters* registers)
    {
        for (uint i = 0; i < s_segments.Length; i++)
        {
            uint rights = seen[Vmcs32.GuestEsAccessRights + (2 * i)];
            var segment = new VmcbSegment
            {
                Selector = seen[Vmcs16.GuestEsSelector + (2 * i)],
                Attributes = (ushort)((rights & 0xFF) | ((rights >> 4) & 0xF00)),
                Limit = seen[Vmcs32.GuestEsLimit + (2 * i)],
                Base = seen[VmcsNatural.GuestEsBase + (2 * i)],
            };
            if (i < FirstOfVmLoad)
            {
                *SegmentAt(vmcb, s_segments[i]) = segment;
            }
            else
            {
                _hidden[i - FirstOfVmLoad] = segment;
            }
        }

        vmcb->Cpl = (byte)((seen[Vmcs32.GuestSsAccessRights] >> 5) & 3);
        vmcb->Gdtr.Limit = seen[Vmcs32.GuestGdtrLimit];
        vmcb->Gdtr.Base = seen[VmcsNatural.GuestGdtrBase];
        vmcb->Idtr.Limit = seen[Vmcs32.GuestIdtrLimit];
        vmcb->Idtr.Base = seen[VmcsNatural.GuestIdtrBase];
        vmcb->Rip = seen[VmcsNatural.GuestRip];
        vmcb->Rsp = seen[VmcsNatural.GuestRsp];
        vmcb->Rflags = seen[VmcsNatural.GuestRflags];
        vmcb->Rax = registers->Rax;
        SaveRegisters(vmcb, seen);
        SaveExit(vmcb, exit);
    }

    private void SaveRegisters(Vmcb* vmcb, SoftVmcs seen)
    {
        uint blocking = seen[Vmcs32.GuestInterruptibilityState];
        vmcb->Shadow = (blocking & (InterruptibilityState.Sti | InterruptibilityState.MovSs)) != 0 ? 1u : 0;
        if ((blocking & InterruptibilityState.Nmi) != 0)
        {
            _nmiBlocked.Add(seen.Region.Value);
        }
        else
        {
            _nmiBlocked.Remove(seen.Region.Value);
        }

        vmcb->Cr0 = _cpu.Cr0;
        vmcb->Cr2 = _cpu.Cr2;
        vmcb->Cr3 = _cpu.Cr3;
        vmcb->Cr4 = _cpu.Cr4;
        vmcb->Dr6 = _cpu.DebugRegisters[6];
        vmcb->Dr7 = _cpu.Dr7;
        vmcb->Efer = Get(Msr.Efer);
        vmcb->Pat = Get(Msr.Pat);
        vmcb->Interrupt = _control.Interrupt;
        vmcb->DebugControl = _control.BranchRecords != 0 ? Get(Msr.DebugCtl) : vmcb->DebugControl;
    }

    private static VmcbSegment* SegmentAt(Vmcb* vmcb, int place) => (VmcbSegment*)((byte*)vmcb + place);

    private ulong Get(Msr msr) => _cpu.Msrs.GetValueOrDefault((uint)msr);
}
