// Rules about the guest's activity, interruptibility, pending debug exceptions, VMCS link pointer and PDPTEs, and about
// the MSRs that an entry loads. SDM 3C 28.3.1.5 Checks on Guest Non-Register State, 28.3.1.6 Checks on Guest
// Page-Directory-Pointer-Table Entries, 28.4 Loading MSRs. Whether the processor has an MSR at all only the processor
// knows; of values, the ones everybody loads are checked.

using static MinusOne.Hv.Audit.AuditRule;

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
{
    private const ulong NoLink = ~0ul;
    private const ulong ShadowVmcs = 1ul << 31;
    private const uint EntrySize = 16;

    private ActivityState State => (ActivityState)Read(Vmcs32.GuestActivityState);
    private InterruptibilityState Blocking => new((uint)Read(Vmcs32.GuestInterruptibilityState));

    // Events are held back for one instruction.
    private bool IsBlocked => Blocking.BlockingBySti || Blocking.BlockingByMovSs;

    private void Activity()
    {
        const Vmcs32 field = Vmcs32.GuestActivityState;
        ActivityState activity = State;
        Require(ActivityUnsupported, field, activity switch
        {
            ActivityState.Active => true,
            ActivityState.Hlt => _vmx.Misc.HltActivityState,
            ActivityState.Shutdown => _vmx.Misc.ShutdownActivityState,
            ActivityState.WaitForSipi => _vmx.Misc.WaitForSipiActivityState,
            _ => false,
        });
        Require(ActivityHltNeedsDpl0, field, activity != ActivityState.Hlt || Rights(GuestSegment.Ss).Dpl == 0);
        Require(ActivityNeedsNoBlocking, field, activity == ActivityState.Active || !IsBlocked);
        Require(ActivityWaitForSipiInSmm, field,
            activity != ActivityState.WaitForSipi || !Has(EntryControls.EntryToSmm));
        Require(ActivityBlocksInjection, field, !_injection.IsValid || Wakes(activity));
    }

    // An event that would not wake the processor from the state cannot be injected into it.
    private bool Wakes(ActivityState activity)
    {
        InterruptionType type = _injection.Type;
        var exception = (ExceptionVector)_injection.Vector;
        bool isException = type == InterruptionType.HardwareException;
        bool wakesAll = type == InterruptionType.Nmi || (isException && exception == ExceptionVector.MachineCheck);
        return activity switch
        {
            ActivityState.Hlt => wakesAll || type is InterruptionType.ExternalInterrupt or InterruptionType.OtherEvent
                || (isException && exception == ExceptionVector.Debug),
            ActivityState.Shutdown => wakesAll,
            ActivityState.WaitForSipi => false,
            _ => true,
        };
    }

    // Whether STI blocks an injected NMI is left to the processor; we hold to the strict ones.
    private void Interruptibility()
    {
        const Vmcs32 field = Vmcs32.GuestInterruptibilityState;
        InterruptibilityState blocking = Blocking;
        bool nmi = Injects(InterruptionType.Nmi), entersSmm = Has(EntryControls.EntryToSmm);
        Require(InterruptibilityReserved, field, !blocking.HasReservedBits);
        Require(StiAndMovSsBlocking, field, !blocking.BlockingBySti || !blocking.BlockingByMovSs);
        Require(StiBlockingNeedsInterruptFlag, field,
            !blocking.BlockingBySti || (_rflags & Rflags.InterruptEnable) != 0);
        Require(ExternalInterruptBlocked, field, !Injects(InterruptionType.ExternalInterrupt) || !IsBlocked);
        Require(NmiBlockedByMovSs, field, !nmi || !blocking.BlockingByMovSs);
        Require(NmiBlockedBySti, field, !nmi || !blocking.BlockingBySti);
        Require(VirtualNmiBlocked, field, !nmi || !Has(PinControls.VirtualNmis) || !blocking.BlockingByNmi);
        Require(SmiBlockingOutsideSmm, field, entersSmm || !blocking.BlockingBySmi);
        Require(SmmEntryNeedsSmiBlocking, field, !entersSmm || blocking.BlockingBySmi);
        Require(EnclaveInterruption, field, !blocking.FromEnclave || (!blocking.BlockingByMovSs && _limits.HasSgx));
    }

    private void Pending()
    {
        const VmcsNatural field = VmcsNatural.GuestPendingDebugExceptions;
        const ulong transaction = PendingDebugExceptions.Rtm | PendingDebugExceptions.EnabledBreakpoint;
        var pending = new PendingDebugExceptions(Read(field));
        bool onBranches = (Read(Vmcs64.GuestDebugCtl) & (ulong)DebugCtl.SingleStepOnBranches) != 0;
        bool stepping = (_rflags & Rflags.Trap) != 0 && !onBranches;

        // While debug exceptions are held back, a single step is pending exactly when single-stepping is on.
        bool held = IsBlocked || State == ActivityState.Hlt;
        Require(PendingDebugReserved, field,
            !pending.HasReservedBits && (_limits.HasBusLockDetect || !pending.BusLockDetected));
        Require(PendingStepMissing, field, !held || !stepping || pending.SingleStep);
        Require(PendingStepWithoutTrap, field, !held || stepping || !pending.SingleStep);
        Require(PendingDebugTransaction, field, !pending.InTransaction
            || (_limits.HasRtm && pending.Raw == transaction && !Blocking.BlockingByMovSs));
    }

    private void LinkPointer()
    {
        const Vmcs64 field = Vmcs64.VmcsLinkPointer;
        ulong link = Read(field);
        if (link == NoLink)
        {
            return;
        }

        Require(LinkPointerAddress, field, IsPage(field));
        if (IsPage(field) && TryRead(link, out ulong header))
        {
            ulong shadow = Has(SecondaryControls.VmcsShadowing) ? ShadowVmcs : 0;
            Require(LinkPointerRevision, field, (uint)header == (_vmx.Basic.RevisionId | shadow));
        }

        Require(LinkPointerIsCurrent, field, link != _reader.Region.Value);
    }

    private void PageDirectoryPointers()
    {
        if (!Has(Cr0.Paging) || !Has(Cr4.PhysicalAddressExtension) || IsLongModeGuest)
        {
            return;
        }

        if (Has(SecondaryControls.EnableEpt))
        {
            for (Vmcs64 field = Vmcs64.GuestPdpte0; field <= Vmcs64.GuestPdpte3; field += 2)
            {
                Require(GuestPdpteReserved, field, IsPdpte(Read(field)));
            }

            return;
        }

        ulong table = Read(VmcsNatural.GuestCr3) & ~0x1Ful;
        for (ulong address = table; address < table + 32 && TryRead(address, out ulong pdpte); address += 8)
        {
            Require(GuestPdpteReserved, VmcsNatural.GuestCr3, IsPdpte(pdpte));
        }
    }

    private bool IsPdpte(ulong pdpte) => ControlRegisterRules.IsPdpteAllowed(pdpte, _limits.PhysicalAddressBits);

    private void Area(AuditRule place, AuditRule end, Vmcs64 address, Vmcs32 count)
    {
        ulong start = Read(address), entries = Read(count);
        bool isPlaced = IsPhysical(start, EntrySize - 1);
        Require(place, address, entries == 0 || isPlaced);
        Require(end, count, entries == 0 || !isPlaced || IsPhysical(start + (entries * EntrySize) - 1, 0));
    }

    // No entries where the area is misplaced, and never more than the processor promises to handle.
    private void EntryMsrs()
    {
        ulong address = Read(Vmcs64.EntryMsrLoadAddress);
        ulong count = IsPhysical(address, EntrySize - 1)
            ? Math.Min(Read(Vmcs32.EntryMsrLoadCount), _vmx.Misc.MaximumMsrListLength) : 0;
        for (uint entry = 1; entry <= count; entry++, address += EntrySize)
        {
            if (!TryRead(address, out ulong key) || !TryRead(address + (EntrySize / 2), out ulong value))
            {
                return;
            }

            var msr = (Msr)(uint)key;
            Require(EntryMsrIsSegmentBase, msr is not (Msr.FsBase or Msr.GsBase), key, entry);
            Require(EntryMsrIsX2Apic, (uint)msr >> 8 != (uint)Msr.X2ApicBase >> 8, key, entry);

            // Writable in system management mode only; kept from being loaded by the processor's model.
            Require(EntryMsrNotLoadable, msr is not (Msr.SmmMonitorControl or Msr.MicrocodeUpdateTrigger), key, entry);
            Require(EntryMsrReserved, key >> 32 == 0, key, entry);
            Require(EntryMsrValue, MsrValue.IsLoadable(msr, value, _limits), key, entry);
        }
    }

    private void Require(AuditRule rule, bool holds, ulong key, uint entry)
    {
        if (!holds)
        {
            _findings.Add(new AuditFinding(rule, Vmcs64.EntryMsrLoadAddress, key, entry));
        }
    }
}
