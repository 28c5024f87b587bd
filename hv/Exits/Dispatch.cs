// Every exit arrives here and goes to one handler, unless a lesson has answered it. SDM 3D Appendix C VMX Basic Exit
// Reasons, in its order. What can come only from a control that is never turned on, or from a defect of ours, is loud
// and final: the guest ends with a full report, the hypervisor lives. So do a start-up signal of the host's, an
// entry of ours in the second-level tables that no processor takes, and what only a lesson lets exit.
namespace MinusOne.Hv.Exits;

internal static unsafe class Dispatch
{
    public static Verdict Handle(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        var verdict = Verdict.Advance;
        if (vm->Filter != null && vm->Filter(vm, vcpu, reason, ref verdict))
        {
            return verdict;
        }

        switch (reason)
        {
            case ExitReason.ExceptionOrNmi: return ExceptionExits.Handle(vm, vcpu);
            case ExitReason.ExternalInterrupt: return InterruptExits.Arrived(vm, vcpu);
            case ExitReason.TripleFault: return vm->EndWith(GuestEnd.TripleFault);
            case ExitReason.InitSignal: return vm->EndWith(GuestEnd.Reset);
            case ExitReason.InterruptWindow or ExitReason.NmiWindow: return Verdict.Resume;
            case ExitReason.TaskSwitch: return TaskSwitchExits.Switch(vm, vcpu);
            case ExitReason.Cpuid: return CpuidExits.Execute(vm, vcpu);
            case ExitReason.Hlt: return IdleExits.Halt(vm, vcpu);
            case ExitReason.Invd or ExitReason.WbinvdOrWbnoinvd: return HintExits.Cache();
            case ExitReason.Invlpg: return HintExits.Page(vm, vcpu);
            case ExitReason.Rdpmc: return Exceptions.GeneralProtection(vm, vcpu);
            case ExitReason.Rdtsc: return TimeStampExits.Read(vcpu);
            case ExitReason.Vmcall when vm->Board.Hypervisor != HypervisorKind.None:
                return VmxInstructionExits.Call(vm, vcpu);
            case ExitReason.ControlRegisterAccess: return ControlRegisterExits.Access(vm, vcpu);
            case ExitReason.MovDr: return DebugRegisterExits.Access(vm, vcpu);
            case ExitReason.IoInstruction: return PortExits.Access(vm, vcpu);
            case ExitReason.Rdmsr: return MsrExits.Read(vm, vcpu);
            case ExitReason.Wrmsr: return MsrExits.Write(vm, vcpu);
            case ExitReason.EntryFailureMachineCheck:
                MachineCheckExits.MayGoOn();
                return RunLoop.Refuse(vm, vcpu, EntryFailure.State);
            case ExitReason.EntryFailureGuestState or ExitReason.EntryFailureMsrLoading:
                return RunLoop.Refuse(vm, vcpu, EntryFailure.State);
            case ExitReason.MonitorTrapFlag: return Verdict.Resume;
            case ExitReason.Pause: return HintExits.Pause(vm);
            case ExitReason.VirtualizedEoi: return VirtualInterrupts.Ended(vm);
            case ExitReason.GdtrOrIdtrAccess: return DescriptorTableExits.Access(vm, vcpu);
            case ExitReason.LdtrOrTrAccess: return TaskRegisterExits.Access(vm, vcpu);
            case ExitReason.EptViolation: return MemoryExits.Violation(vm, vcpu);
            case ExitReason.Rdtscp: return TimeStampExits.ReadWithAux(vcpu);
            case ExitReason.PreemptionTimerExpired: return IdleExits.SliceEnded(vm, vcpu);
            case ExitReason.Xsetbv: return ExtendedStateExits.SetRegister(vm, vcpu);
            case ExitReason.ApicWrite: return VirtualInterrupts.Written(vm);
            case ExitReason.Invpcid: return HintExits.Context(vm, vcpu);

            // The instruction has been carried out: a trap.
            case ExitReason.BusLock: return Verdict.Resume;
            case ExitReason.InstructionTimeout: return vm->EndWith(GuestEnd.NoProgress);
            default: return IsHidden(reason) ? Exceptions.InvalidOpcode(vm, vcpu) : vm->EndWith(GuestEnd.UnhandledExit);
        }
    }

    // Features that CPUID does not show: as if the processor had no such instruction.
    private static bool IsHidden(ExitReason reason) => reason is ExitReason.Getsec or ExitReason.Rsm
        or (>= ExitReason.Vmcall and <= ExitReason.Vmxon)
        or ExitReason.Mwait or ExitReason.Monitor or ExitReason.Invept or ExitReason.Invvpid or ExitReason.Vmfunc
        or ExitReason.Encls or ExitReason.Xsaves or ExitReason.Xrstors or ExitReason.Pconfig or ExitReason.Umwait
        or ExitReason.Tpause or ExitReason.LoadIwKey or ExitReason.Enclv or ExitReason.EnqcmdPasidTranslationFailure
        or ExitReason.EnqcmdsPasidTranslationFailure or ExitReason.Seamcall or ExitReason.Tdcall
        or ExitReason.Rdmsrlist or ExitReason.Wrmsrlist or ExitReason.Urdmsr or ExitReason.Uwrmsr
        or ExitReason.RdmsrImmediate or ExitReason.WrmsrnsImmediate;
}
