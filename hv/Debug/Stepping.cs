// One instruction of one processor. VT-x' monitor trap flag exits behind it and leaves no trace; without it the guest's
// trap flag does, and what PUSHF and SYSCALL show of that is put right. Interrupts wait meanwhile, or one would see
// nothing but handlers, unless the processor halts. SDM 3C 27.5.2 Monitor Trap Flag.
namespace MinusOne.Hv.Debug;

internal unsafe struct Stepping
{
    // FMASK's place among what is kept of a processor.
    private const int FlagMask = 9;

    private const byte Pushf = 0x9C, OperandSize = 0x66, TwoBytes = 0x0F, Syscall = 0x05;

    private Vcpu* _vcpu;

    // It got away from a step into a handler, whose end brings the trap flag back.
    private Vcpu* _owes;
    private ulong _rip;
    private ulong _status;
    private ushort _opcode;

    // What SYSCALL takes out of the flags, which leaves the trap flag for its step.
    private ulong _mask;
    private bool _hasTrapFlag;
    private bool _hadTrapFlag;

    public readonly bool Is(Vcpu* vcpu) => _vcpu == vcpu && vcpu != null;
    public readonly bool IsOn => _vcpu != null;
    public readonly Vcpu* Vcpu => _vcpu;

    // The processor is the one that is loaded.
    public void Begin(Vm* vm, Vcpu* vcpu)
    {
        _vcpu = vcpu;
        _rip = GuestState.Rip;
        _opcode = OpcodeAt(vm, _rip);
        _hasTrapFlag = !Backend.TryTrap(vcpu, isOn: true) && GuestState.Activity == ActivityState.Active;
        if (_hasTrapFlag)
        {
            _mask = vcpu->Kept[FlagMask];
            SetMask(vcpu, IsSyscall ? _mask & ~(ulong)Rflags.Trap : _mask);
            _hadTrapFlag = (GuestState.Rflags & Rflags.Trap) != 0;
            _status = GuestState.Dr6;
            GuestState.Rflags |= Rflags.Trap;
            EnterShadow();
        }

        vcpu->Events.Pending |= EventKinds.Watched;
        if (GuestState.Activity == ActivityState.Active)
        {
            vm->Deliver = &DeliverFaults;
        }
    }

    private readonly bool IsSyscall => _opcode == (TwoBytes | (Syscall << 8));

    private static void SetMask(Vcpu* vcpu, ulong mask)
    {
        if (mask != vcpu->Kept[FlagMask])
        {
            VcpuSwitch.TrySetMsr(vcpu, (uint)Msr.Fmask, mask);
        }
    }

    // With TF, an entry in the shadow of STI or MOV SS wants to find a step pending, which comes behind the instruction
    // in the second and ahead of it in the first. There is nothing for STI's shadow to keep away: interrupts wait. SDM
    // 3C 28.3.1.5 Checks on Guest Non-Register State.
    private static void EnterShadow()
    {
        InterruptibilityState blocked = GuestState.Blocking;
        if (blocked.BlockingByMovSs)
        {
            GuestState.PendingTraps = GuestState.PendingTraps.With(PendingDebugExceptions.Step);
        }
        else if (blocked.BlockingBySti)
        {
            GuestState.Blocking = blocked.AfterInstruction;
        }
    }

    // Whether an exit, which has been dealt with, was its end.
    public readonly bool IsOver(ExitReason reason) => reason == ExitReason.MonitorTrapFlag || GuestState.Rip != _rip;

    // An exit has been dealt with ahead of the instruction, which has still to be executed: what is pending from then
    // is no trap behind it. Bochs has a step pending behind an EPT violation.
    public readonly void GoOn()
    {
        if (_hasTrapFlag && !GuestState.Blocking.BlockingByMovSs && !GuestState.Blocking.BlockingBySti)
        {
            GuestState.PendingTraps = default;
        }
    }

    // The processor is the one that is loaded. The step has been made, or is given up.
    public void End(Vm* vm)
    {
        Vcpu* vcpu = _vcpu;
        _vcpu = null;
        if (_hasTrapFlag)
        {
            ClearTrapFlag(vm, vcpu);
        }
        else
        {
            Backend.TryTrap(vcpu, isOn: false);
        }

        vcpu->Events.Pending &= vm->IsWatched ? ~EventKinds.None : ~EventKinds.Watched;
        vm->Deliver = &Injection.Prepare;
    }

    // A handler that was entered has TF in its frame, and its IRET brings it back.
    private void ClearTrapFlag(Vm* vm, Vcpu* vcpu)
    {
        GuestState.Dr6 = _status;
        SetMask(vcpu, _mask);
        bool isCall = IsSyscall && GuestState.Rip != _rip;
        if (isCall && !_hadTrapFlag)
        {
            vcpu->Registers.R11 &= ~(ulong)Rflags.Trap;
        }

        if (_hadTrapFlag && !(isCall && (_mask & (ulong)Rflags.Trap) != 0))
        {
            return;
        }

        _owes = (GuestState.Rflags & Rflags.Trap) == 0 && GuestState.Rip != _rip ? vcpu : null;
        GuestState.Rflags = (Rflags)((ulong)GuestState.Rflags & ~(ulong)Rflags.Trap);
        GuestState.PendingTraps = default;
        if (GuestState.Rip != _rip && ((byte)_opcode == Pushf || _opcode == (OperandSize | (Pushf << 8))))
        {
            var memory = new DebugMemory(vm, isPhysical: false);
            ushort flags = 0;
            ulong top = GuestMode.Is64Bit ? GuestState.Rsp : (uint)(GuestState.Rsp + GuestState.Base(GuestSegment.Ss));
            if (memory.Read(top, new Span<byte>(&flags, sizeof(ushort))) == sizeof(ushort))
            {
                flags = (ushort)(flags & ~(ushort)Rflags.Trap);
                memory.Write(top, new Span<byte>(&flags, sizeof(ushort)));
            }
        }
    }

    // A trap of this processor that no step waits for: the guest never asked for it.
    public bool TrySettle(Vcpu* vcpu)
    {
        bool isOurs = _owes == vcpu;
        if (isOurs)
        {
            _owes = null;
            GuestState.Rflags = (Rflags)((ulong)GuestState.Rflags & ~(ulong)Rflags.Trap);
        }

        return isOurs;
    }

    private static ushort OpcodeAt(Vm* vm, ulong rip)
    {
        var memory = new DebugMemory(vm, isPhysical: false);
        ushort opcode = 0;
        memory.Read(rip + GuestState.Base(GuestSegment.Cs), new Span<byte>(&opcode, sizeof(ushort)));
        return opcode;
    }

    // What the instruction itself raises is delivered; all else waits.
    private static bool DeliverFaults(Vm* vm, Vcpu* vcpu)
    {
        if (!Debugger.Of(vm->Machine)->Stepping.Is(vcpu))
        {
            return Injection.Prepare(vm, vcpu);
        }

        bool isInjected = vcpu->Events.HasFirst && Injection.Prepare(vm, vcpu);
        Backend.SetWindows(vcpu, forNmi: false, forExternal: false);
        return isInjected;
    }
}
