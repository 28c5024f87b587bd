// What the VMCB says of the last exit, in the words of the house. AMD APM 2 15.6 #VMEXIT, 15.10.2 IN and OUT Behavior,
// 15.14.1 Task-Switch Intercept, 15.25.6 Nested versus Guest Page Faults, Fault Ordering.
namespace MinusOne.Hv.Svm;

internal readonly unsafe struct SvmExit : IExitFacts
{
    // The VMCB that is loaded, and what stands beside it.
    private static Vmcb* Block => SvmCpu.Processor.Vmcb;
    private static SvmVcpu* Beside => SvmCpu.Processor.Vcpu;

    private const ulong PageFaultWrite = 1UL << 1;
    private const ulong PageFaultReserved = 1UL << 3;
    private const ulong PageFaultFetch = 1UL << 4;
    private const ulong PageFaultPresent = 1UL;
    private const ulong AtFinalAddress = 1UL << 32;

    // An emulator writes the lower half of an entry that is refused.
    public static ExitCode Code =>
        (uint)Block->ExitCode == uint.MaxValue ? ExitCode.Invalid : Block->ExitCode;

    public static ExitReason Reason => Beside->HasStayed ? ExitReason.PreemptionTimerExpired : Code switch
    {
        ExitCode.Interrupt => Beside->Vector == SliceTimer.Vector
            ? ExitReason.PreemptionTimerExpired : ExitReason.ExternalInterrupt,
        ExitCode.Nmi when SvmCpu.Processor.HasTick => ExitReason.PreemptionTimerExpired,
        ExitCode.Msr => Block->Info1 != 0 ? ExitReason.Wrmsr : ExitReason.Rdmsr,
        ExitCode.NestedPageFault => (Block->Info1 & PageFaultReserved) != 0
            ? ExitReason.EptMisconfiguration : ExitReason.EptViolation,
        ExitCode.Invalid => ExitReason.EntryFailureGuestState,
        >= ExitCode.FirstCrRead and < ExitCode.FirstDrRead or ExitCode.Cr0Selective =>
            ExitReason.ControlRegisterAccess,
        >= ExitCode.FirstDrRead and < ExitCode.FirstException => ExitReason.MovDr,
        >= ExitCode.FirstException and < ExitCode.Interrupt => ExitReason.ExceptionOrNmi,
        _ => Other(Code),
    };

    // Where the processor does not tell the next RIP, this is 0, and the instruction has to be read.
    public static uint InstructionLength => Code == ExitCode.Port ? (uint)(Block->Info2 - Block->Rip)
        : Block->NextRip > Block->Rip ? (uint)(Block->NextRip - Block->Rip)
        : 0;

    // Size 1, 2 or 4 stands in bits 6:4; bit 0 is IN, 2 and 3 string and repetition, 31:16 the port.
    public static PortAccess Port
    {
        get
        {
            ulong told = Block->Info1;
            return new((((told >> 4) & 7) - 1) | ((told & 1) << 3) | ((told & 4) << 2) | ((told & 8) << 2)
                | (told & 0xFFFF_0000));
        }
    }

    // Which registers are not told without decode assists: the instruction has to be read.
    public static bool TellsOperands => false;
    public static ControlRegisterAccess ControlRegister => default;
    public static DebugRegisterAccess DebugRegister => default;

    public static TaskSwitchRequest TaskSwitch
    {
        get
        {
            const ulong ByIret = 1UL << 36, ByJump = 1UL << 38;
            ulong told = Block->Info2;
            TaskSwitchSource source = (told & ByIret) != 0 ? TaskSwitchSource.Iret
                : (told & ByJump) != 0 ? TaskSwitchSource.Jmp
                : IsDeliveryInterrupted ? TaskSwitchSource.TaskGate
                : TaskSwitchSource.Call;
            return new((ushort)Block->Info1 | ((ulong)source << 30));
        }
    }

    // A walk of the guest's own tables writes their accessed flags: its address is not the operand's.
    public static MemoryFault Fault
    {
        get
        {
            ulong told = Block->Info1;
            ulong wanted = (told & PageFaultFetch) != 0 ? 4UL : (told & PageFaultWrite) != 0 ? 2UL : 1UL;
            bool isFinal = (told & AtFinalAddress) != 0;
            return new(wanted | ((told & PageFaultPresent) << 3) | (isFinal ? 3UL << 7 : 0));
        }
    }

    public static Gpa PhysicalAddress => new(Block->Info2);
    public static bool TellsLinearAddress => false;
    public static ulong LinearAddress => 0;

    public static InterruptionInformation Event
    {
        get
        {
            if (Code == ExitCode.Interrupt)
            {
                return Beside->Vector == 0 ? default
                    : InterruptionInformation.ExternalInterrupt((byte)Beside->Vector);
            }

            if (Code == ExitCode.Icebp)
            {
                return InterruptionInformation.Create(
                    InterruptionType.PrivilegedSoftwareException, (byte)ExceptionVector.Debug, false);
            }

            var vector = (byte)(Code - ExitCode.FirstException);
            return Code == ExitCode.Nmi ? Processor.Event.Nmi.Information
                : (ExceptionVector)vector is ExceptionVector.Breakpoint or ExceptionVector.Overflow
                    ? Processor.Event.SoftwareException((ExceptionVector)vector, 0).Information
                : Processor.Event.Exception((ExceptionVector)vector, 0).Information;
        }
    }

    public static uint EventErrorCode => (uint)Block->Info1;

    // #DB has written its causes to DR6.
    public static ulong EventDetail =>
        Code == ExitCode.FirstException + (int)ExceptionVector.Debug ? Block->Dr6 : Block->Info2;

    public static uint ApicDetail => 0;
    public static bool IsDeliveryInterrupted => (Block->InterruptedEvent & InterruptionInformation.Valid) != 0;

    // Laid out as VT-x lays it out, with the error code above. The length of a software interrupt is not told: it is
    // executed again, and not injected.
    public static Event InterruptedDelivery
    {
        get
        {
            const uint Told = InterruptionInformation.Valid | 0xFFF;
            ulong told = Block->InterruptedEvent;
            var information = new InterruptionInformation((uint)told & Told);
            return new Event(information, information.HasErrorCode ? (uint)(told >> 32) : 0, 0);
        }
    }

    public static uint Instruction => 0;
    public static ulong Displacement => 0;

    // The exits that the short path may take; 0 for any other, which is none of those.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ExitReason ShortReason(Vmcb* block)
    {
        ExitCode code = block->ExitCode;
        return code == ExitCode.Port ? ExitReason.IoInstruction
            : code == ExitCode.NestedPageFault ? ExitReason.EptViolation
            : code == ExitCode.Msr ? (block->Info1 != 0 ? ExitReason.Wrmsr : ExitReason.Rdmsr)
            : code == ExitCode.Cpuid ? ExitReason.Cpuid
            : code == ExitCode.Vmmcall ? ExitReason.Vmcall
            : ExitReason.ExceptionOrNmi;
    }

    // The last exit is the newest of the ring.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ExitReason Note(Vcpu* vcpu)
    {
        Vmcb* block = Block;
        ExitReason reason = ShortReason(block);
        ExitRecord.Begin(&vcpu->Registers, (uint)reason, block->Rip);
        return reason;
    }

    // One behind which the timer is overdue is for the run loop, and has been noted.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool IsTooLate(Vcpu* vcpu)
    {
        bool isOverdue = SliceTimer.IsOverdue;
        if (isOverdue)
        {
            Note(vcpu);
        }

        return isOverdue;
    }

    public static ulong Detail => Block->Info1;

    // Exits that have another name here than in VT-x; empty: the same.
    public static ReadOnlySpan<byte> NameOf(ExitReason reason) => reason switch
    {
        ExitReason.EptViolation => "nested page fault"u8,
        ExitReason.EptMisconfiguration => "nested page fault, reserved bit"u8,
        ExitReason.PreemptionTimerExpired => "timer interrupt"u8,
        ExitReason.InterruptWindow => "VINTR"u8,
        ExitReason.NmiWindow => "IRET"u8,
        ExitReason.Vmcall => "VMMCALL"u8,
        ExitReason.TripleFault => "shutdown"u8,
        _ => default,
    };

    private static ExitReason Other(ExitCode code) => code switch
    {
        ExitCode.Nmi or ExitCode.Icebp => ExitReason.ExceptionOrNmi,
        ExitCode.Smi => ExitReason.OtherSmi,
        ExitCode.Init => ExitReason.InitSignal,
        ExitCode.VirtualInterrupt => ExitReason.InterruptWindow,
        ExitCode.Iret => ExitReason.NmiWindow,
        ExitCode.IdtrRead or ExitCode.GdtrRead or ExitCode.IdtrWrite or ExitCode.GdtrWrite =>
            ExitReason.GdtrOrIdtrAccess,
        ExitCode.LdtrRead or ExitCode.TrRead or ExitCode.LdtrWrite or ExitCode.TrWrite => ExitReason.LdtrOrTrAccess,
        ExitCode.Rdtsc => ExitReason.Rdtsc,
        ExitCode.Rdpmc => ExitReason.Rdpmc,
        ExitCode.Cpuid => ExitReason.Cpuid,
        ExitCode.Rsm => ExitReason.Rsm,
        ExitCode.Invd => ExitReason.Invd,
        ExitCode.Pause => ExitReason.Pause,
        ExitCode.Hlt => ExitReason.Hlt,
        ExitCode.Invlpg => ExitReason.Invlpg,
        ExitCode.Port => ExitReason.IoInstruction,
        ExitCode.TaskSwitch => ExitReason.TaskSwitch,
        ExitCode.Shutdown => ExitReason.TripleFault,
        ExitCode.Vmmcall => ExitReason.Vmcall,
        ExitCode.Rdtscp => ExitReason.Rdtscp,
        ExitCode.Wbinvd => ExitReason.WbinvdOrWbnoinvd,
        ExitCode.Monitor => ExitReason.Monitor,
        ExitCode.Mwait or ExitCode.MwaitIfArmed => ExitReason.Mwait,
        ExitCode.Xsetbv => ExitReason.Xsetbv,

        // Instructions that a guest is not shown: VT-x' own are not there either.
        _ => ExitReason.Vmxon,
    };
}
