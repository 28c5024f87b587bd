// Every exit arrives here and goes to one handler, unless a lesson has answered it. SDM 3D Appendix C VMX Basic Exit
// Reasons, in its order. What can come only from a control that is never turned on, or from a defect of ours, is loud
// and final: the guest ends with a full report, the hypervisor lives.

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

            // INIT resets the processor it reaches; a start-up IPI comes to one that waits for it, and none does.
            case ExitReason.InitSignal: return vm->EndWith(GuestEnd.Reset);
            case ExitReason.StartupIpi: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.IoSmi: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.OtherSmi: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.InterruptWindow: return Verdict.Resume;
            case ExitReason.NmiWindow: return Verdict.Resume;
            case ExitReason.TaskSwitch: return TaskSwitchExits.Report(vm);
            case ExitReason.Cpuid: return CpuidExits.Execute(vm, vcpu);
            case ExitReason.Getsec: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Hlt: return IdleExits.Halt(vm, vcpu);
            case ExitReason.Invd: return HintExits.Cache();
            case ExitReason.Invlpg: return HintExits.Page(vm, vcpu);
            case ExitReason.Rdpmc: return Exceptions.GeneralProtection(vm, vcpu);
            case ExitReason.Rdtsc: return TimeStampExits.Read(vcpu);
            case ExitReason.Rsm: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmcall: return VmxInstructionExits.Call(vm, vcpu);
            case ExitReason.Vmclear: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmlaunch: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmptrld: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmptrst: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmread: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmresume: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmwrite: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmxoff: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Vmxon: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.ControlRegisterAccess: return ControlRegisterExits.Access(vm, vcpu);
            case ExitReason.MovDr: return DebugRegisters.Access(vm, vcpu);
            case ExitReason.IoInstruction: return PortExits.Access(vm, vcpu);
            case ExitReason.Rdmsr: return MsrExits.Read(vm, vcpu);
            case ExitReason.Wrmsr: return MsrExits.Write(vm, vcpu);

            case ExitReason.Mwait: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.MonitorTrapFlag: return Verdict.Resume;
            case ExitReason.Monitor: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Pause: return HintExits.Pause(vm);

            // Not with virtual-interrupt delivery; and there is no APIC-access page.
            case ExitReason.TprBelowThreshold: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.ApicAccess: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.VirtualizedEoi: return VirtualInterrupts.Ended(vm, vcpu);
            case ExitReason.GdtrOrIdtrAccess: return DescriptorTableExits.Access(vm, vcpu);
            case ExitReason.LdtrOrTrAccess: return TaskRegisterExits.Access(vm, vcpu);
            case ExitReason.EptViolation: return MemoryExits.Violation(vm, vcpu);

            // An entry of ours that no processor takes: a defect.
            case ExitReason.EptMisconfiguration: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.Invept: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Rdtscp: return TimeStampExits.ReadWithAux(vcpu);
            case ExitReason.PreemptionTimerExpired: return IdleExits.SliceEnded(vm, vcpu);
            case ExitReason.Invvpid: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.WbinvdOrWbnoinvd: return HintExits.Cache();
            case ExitReason.Xsetbv: return ExtendedStateExits.SetRegister(vm, vcpu);
            case ExitReason.ApicWrite: return VirtualInterrupts.Written(vm, vcpu);
            case ExitReason.Invpcid: return HintExits.Context(vm, vcpu);
            case ExitReason.Vmfunc: return Exceptions.InvalidOpcode(vm, vcpu);

            // Only a lesson has these exit, and answers them itself.
            case ExitReason.Rdrand: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.Rdseed: return vm->EndWith(GuestEnd.UnhandledExit);

            // Features that CPUID does not show: as if the processor had no such instruction.
            case ExitReason.Encls: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.PageModificationLogFull: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.Xsaves: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Xrstors: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Pconfig: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.SubPagePermissionEvent: return vm->EndWith(GuestEnd.UnhandledExit);
            case ExitReason.Umwait: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Tpause: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.LoadIwKey: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Enclv: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.EnqcmdPasidTranslationFailure: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.EnqcmdsPasidTranslationFailure: return Exceptions.InvalidOpcode(vm, vcpu);

            // The instruction has been carried out: a trap.
            case ExitReason.BusLock: return Verdict.Resume;
            case ExitReason.InstructionTimeout: return vm->EndWith(GuestEnd.NoProgress);
            case ExitReason.Seamcall: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Tdcall: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Rdmsrlist: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Wrmsrlist: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Urdmsr: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.Uwrmsr: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.RdmsrImmediate: return Exceptions.InvalidOpcode(vm, vcpu);
            case ExitReason.WrmsrnsImmediate: return Exceptions.InvalidOpcode(vm, vcpu);
            default: return vm->EndWith(GuestEnd.UnhandledExit);
        }
    }
}
