// Entering a guest and what is to be done around it, which VT-x does by itself: waiting, debug traps that are due, the
// IRET behind which NMIs are open again, the host's interrupt. AMD APM 2 15.5 VMRUN Instruction, 15.20 Event Injection.
namespace MinusOne.Hv.Svm;

internal static unsafe class SvmEntry
{
    private const ulong DebugCauses = 0xF | PendingDebugExceptions.Step;

    public static void Enter(Vcpu* vcpu)
    {
        SvmVcpu* svm = SvmVcpu.Of(vcpu);
        Vmcb* vmcb = SvmCpu.Processor.Vmcb;
        bool waits = svm->Activity != ActivityState.Active;
        svm->HasStayed = waits || (SliceTimer.IsOverdue && MayStay(svm, vmcb));
        if (svm->HasStayed)
        {
            Stay(svm, vmcb, waits);
            SvmExit.Note(vcpu);
            vcpu->Registers.Answer = 0;
            return;
        }

        if (svm->Traps.Raw != 0 && (vmcb->Injection & InterruptionInformation.Valid) == 0)
        {
            DeliverTraps(svm, vmcb);
        }

        bool isOpening = svm->Iret != SvmVcpu.NoPlace;
        Run(vcpu, svm, vmcb);
        if (isOpening)
        {
            svm->Iret = SvmVcpu.NoPlace;
            svm->IsNmiBlocked = false;
        }
        else if (vmcb->ExitCode == ExitCode.Iret)
        {
            StepOverIret(svm, vmcb);
        }

        Unwind(svm, vmcb);
        if (svm->IsInDoubleFault)
        {
            svm->IsInDoubleFault = false;
            vmcb->Exceptions = svm->OtherExceptions;
        }
    }

    private static void Run(Vcpu* vcpu, SvmVcpu* svm, Vmcb* vmcb)
    {
        ulong rip = vmcb->Rip;
        SvmCpu.VmRun(&vcpu->Registers);
        SvmCpu.Processor.HasMoved = true;
        if (vmcb->ExitCode is ExitCode.Interrupt or ExitCode.Nmi)
        {
            SvmCpu.Processor.HasMoved = vmcb->Rip != rip;
            SliceTimer.Adapt(SvmCpu.Processor.HasMoved);
            TakeInterrupt(svm, SvmCpu.TakeInterrupt());
        }
    }

    // What is to happen with this very entry goes first, and so does a guest that was stopped before it had moved.
    private static bool MayStay(SvmVcpu* svm, Vmcb* vmcb) =>
        SvmCpu.Processor.HasMoved && svm->Traps.Raw == 0 && svm->Iret == SvmVcpu.NoPlace && vmcb->Shadow == 0
            && (vmcb->Injection & InterruptionInformation.Valid) == 0;

    // Nothing else can happen to a processor that waits than that the host's timer comes, or a message. If the timer is
    // due already, its interrupt may be there or not: it does not come another time.
    private static void Stay(SvmVcpu* svm, Vmcb* vmcb, bool waits)
    {
        vmcb->InterruptedEvent = 0;
        SvmCpu.Processor.HasMoved = waits;
        if (!waits)
        {
            TakeInterrupt(svm, SvmCpu.TakeInterrupt());
            return;
        }

        do
        {
            SliceTimer.Adapt(hasMoved: true);
            TakeInterrupt(svm, SvmCpu.WaitForInterrupt());
        }
        while (svm->Vector is not (SliceTimer.Vector or Cpu.MessageVector));
    }

    private static void TakeInterrupt(SvmVcpu* svm, uint vector)
    {
        svm->Vector = vector;
        if (vector is SliceTimer.Vector or Cpu.MessageVector)
        {
            SliceTimer.End();
        }
    }

    // The next exit comes behind the IRET: its shadow keeps the interrupt away that is waiting then.
    private static void StepOverIret(SvmVcpu* svm, Vmcb* vmcb)
    {
        svm->Iret = vmcb->Rip;
        vmcb->General &= ~GeneralIntercepts.Iret;
        vmcb->Shadow = 1;
        SliceTimer.Expire();
    }

    // Single steps and breakpoints of instructions that were carried out in the guest's name. SDM 3B 19.2.3, AMD APM 2
    // 13.1.1.3 Debug-Status Register (DR6).
    private static void DeliverTraps(SvmVcpu* svm, Vmcb* vmcb)
    {
        ulong causes = svm->Traps.Raw & DebugCauses;
        bool isDue = svm->Traps.IsDue && (vmcb->Shadow & 1) == 0;
        if (isDue)
        {
            svm->Traps = default;
            vmcb->Dr6 = (vmcb->Dr6 & ~0xFUL) | causes;
            vmcb->Dr7 &= ~(ulong)Dr7.GeneralDetect;
            vmcb->Injection =
                InterruptionInformation.HardwareException(ExceptionVector.Debug, hasErrorCode: false).Raw;
        }
    }

    public static void Inject(in Event chosen)
    {
        InterruptionInformation information = chosen.Information;
        Vmcb* vmcb = SvmCpu.Processor.Vmcb;
        SvmVcpu* svm = SvmCpu.Processor.Vcpu;
        svm->Activity = ActivityState.Active;
        ulong errorCode = information.HasErrorCode ? (ulong)chosen.ErrorCode << 32 : 0;
        if (information.HasErrorCode && (vmcb->Cr0 & (ulong)Cr0.ProtectionEnable) == 0)
        {
            // Real mode pushes no error codes.
            information = InterruptionInformation.Create(information.Type, information.Vector, hasErrorCode: false);
            errorCode = 0;
        }

        if (information.HasInstructionLength)
        {
            InjectSoftware(svm, vmcb, information, chosen.InstructionLength);
            return;
        }

        if (information.Type == InterruptionType.Nmi)
        {
            svm->IsNmiBlocked = true;
            vmcb->General |= GeneralIntercepts.Iret;
        }

        if ((ExceptionVector)information.Vector == ExceptionVector.DoubleFault
            && information.Type == InterruptionType.HardwareException)
        {
            // A fault on the way to its handler is a shutdown, which not every emulator lets exit.
            svm->IsInDoubleFault = true;
            svm->OtherExceptions = vmcb->Exceptions;
            vmcb->Exceptions = uint.MaxValue;
        }

        vmcb->Injection = information.Raw | errorCode;
    }

    // Without a length the instruction is executed again instead. Which of the two a processor pushes, RIP or the next
    // RIP, they do not agree on: both stand behind the instruction.
    private static void InjectSoftware(SvmVcpu* svm, Vmcb* vmcb, InterruptionInformation information, uint length)
    {
        if (length == 0)
        {
            return;
        }

        InterruptionType type = information.Type == InterruptionType.SoftwareInterrupt
            || (information.Type == InterruptionType.SoftwareException
                && (vmcb->Rflags & (ulong)Rflags.Virtual8086) == 0)
            ? InterruptionType.SoftwareInterrupt : InterruptionType.HardwareException;
        svm->Injected = vmcb->Rip;
        vmcb->Rip += length;
        vmcb->NextRip = svm->Capabilities->Has(SvmFeatures.NextRip) ? vmcb->Rip : vmcb->NextRip;
        vmcb->Injection = InterruptionInformation.Create(type, information.Vector, hasErrorCode: false).Raw;
    }

    // A software interrupt whose delivery did not come to its end: its instruction is executed again.
    private static void Unwind(SvmVcpu* svm, Vmcb* vmcb)
    {
        if (svm->Injected != SvmVcpu.NoPlace && SvmExit.IsDeliveryInterrupted)
        {
            vmcb->Rip = svm->Injected;
        }

        svm->Injected = SvmVcpu.NoPlace;
    }
}
