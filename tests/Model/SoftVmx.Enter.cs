// VMLAUNCH and VMRESUME: the checks in the manual's order, then the guest, then its exit. SDM 3C Chapter 28 VM Entries.

using System;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class SoftVmx
{
    // What the world switch writes into HOST_RSP.
    private const ulong StubStack = 0x0000_5AFE_0000_0000;
    private const uint EntryFailed = 1u << 31;

    private readonly Dictionary<ulong, ScriptedGuest> _guests = [];

    private VmxCapabilities _audited;
    private RegisterLimits _limits;

    public SoftTlb Tlb { get; } = new();

    public bool InGuest { get; private set; }

    // The script of every VMCS that has none of its own.
    public ScriptedGuest Guest { get; }

    // Why the last entry was refused, or failed; null after one that succeeded.
    public string Refusal { get; private set; }

    // What comes directly before the next entry: a test's mischief.
    public Action Entering { get; set; }

    // The instruction before the entry has loaded SS.
    public bool IsBlockedByMovSs { get; set; }

    // Entries that the guest got to see.
    public int Entries { get; private set; }

    public bool GuestIn64BitMode =>
        InGuest && _cpu.IsLongMode() && (Current[Vmcs32.GuestCsAccessRights] & (1u << 13)) != 0;

    // The script of the guest of this VMCS.
    public ScriptedGuest GuestOf(Hpa region)
    {
        if (!_guests.TryGetValue(region.Value, out ScriptedGuest guest))
        {
            _guests[region.Value] = guest = new ScriptedGuest(_cpu);
        }

        return guest;
    }

    public VmxResult Enter(GuestRegisters* registers)
    {
        RequireOperation("VMLAUNCH");
        Entering?.Invoke();
        if (Current == null)
        {
            return VmxResult.FailInvalid;
        }

        if (IsBlockedByMovSs)
        {
            IsBlockedByMovSs = false;
            return Fail(BlockedByMovSs);
        }

        bool launch = registers->Launched == 0;
        Require(Current.LaunchState != LaunchState.Undefined, "VMLAUNCH of a VMCS that VMCLEAR never saw");
        if (Current.LaunchState != (launch ? LaunchState.Clear : LaunchState.Launched))
        {
            Refusal = $"launch state is {Current.LaunchState}";
            return Fail(!launch && Current.LaunchState == LaunchState.LaunchedBefore
                ? ResumeAfterVmxoff
                : launch ? InstructionError.VmlaunchNotClear : InstructionError.VmresumeNotLaunched);
        }

        Current[VmcsNatural.HostRsp] = registers->HostRsp = StubStack;
        if (launch)
        {
            RequireWrittenFields();
        }

        return EnterChecked(registers);
    }

    // When another processor takes this thread over: no script waits any longer.
    public void Abandon()
    {
        Guest.Abandon();
        foreach (ScriptedGuest guest in _guests.Values)
        {
            guest.Abandon();
        }
    }

    // The checks of what the VMCS says.
    private VmxResult EnterChecked(GuestRegisters* registers)
    {
        EntryVerdict verdict = EntryCheck.Of(_cpu, Current, _audited, _limits);
        Refusal = verdict.Text;
        if (verdict.Error != InstructionError.None)
        {
            return Fail(verdict.Error);
        }

        if (verdict.IsFailedExit)
        {
            FailEntry(verdict.Reason, verdict.Qualification);
            return VmxResult.Succeed;
        }

        if (Current.Has(SecondaryControls.EnableEpt) && !_cpu.AllowsStaleEpt)
        {
            new SoftEpt(_cpu).Verify(Current[Vmcs64.EptPointer]);
        }

        LoadGuest();
        uint failed = MsrAreas.Load(_cpu, Current[Vmcs64.EntryMsrLoadAddress], Current[Vmcs32.EntryMsrLoadCount]);
        if (failed != 0)
        {
            Refusal = $"MSR-load entry {failed}";
            FailEntry(ExitReason.EntryFailureMsrLoading, failed);
            return VmxResult.Succeed;
        }

        Current.LaunchState = LaunchState.Launched;
        RunGuest(registers);
        return VmxResult.Succeed;
    }

    // A guest of SVM's, whose block is shown to its script as a VMCS.
    public GuestExit Play(SoftVmcs shown, GuestTimer timer, GuestRegisters* registers)
    {
        Capabilities ??= SoftCapabilities.None;
        Current = shown;
        Timer = timer;
        return Play(registers);
    }

    private void RunGuest(GuestRegisters* registers)
    {
        SaveGuest(Play(registers));
        LoadHost();
    }

    private GuestExit Play(GuestRegisters* registers)
    {
        ScriptedGuest guest = _guests.GetValueOrDefault(Current.Region.Value, Guest);
        Entries++;
        InGuest = true;
        try
        {
            return guest.Run(registers);
        }
        finally
        {
            InGuest = false;
        }
    }

    // The guest-state area is left as it was, and so is all exit information but these two fields. SDM 3C 28.8 VM-Entry
    // Failures During or After Loading Guest State.
    private void FailEntry(ExitReason reason, ulong qualification)
    {
        Current[VmcsReadOnly32.ExitReason] = (uint)reason | EntryFailed;
        Current[VmcsReadOnlyNatural.ExitQualification] = qualification;
        LoadHost();
    }
}
