// SVM behind the door: the backend's contract over the VMCB that is loaded. AMD APM 2 15 Secure Virtual Machine.
namespace MinusOne.Hv.Svm;

internal readonly unsafe struct SvmBackend : IBackend
{
    // The VMCB that is loaded, and what stands beside it.
    private static Vmcb* Block => SvmCpu.Processor.Vmcb;
    private static SvmVcpu* Beside => SvmCpu.Processor.Vcpu;

    private const int Control = 7;
    private const VirtualInterrupt Window =
        VirtualInterrupt.Requested | VirtualInterrupt.HighestPriority | VirtualInterrupt.IgnoreTaskPriority;

    // 0 to 19 but for NMI, the coprocessor's overrun and 15; control protection, and three of virtualisation.
    private const uint KnownExceptions = 0x000F_7DFB | (1u << 21) | (7u << 28);

    // Ticks of the TSC, long enough for one instruction.
    private const uint ShadowTicks = 8192;

    public static bool TryTurnOn(FramePool* frames, out Hpa region) => SvmOperation.TryStart(frames, out region);
    public static void TurnOff(FramePool* frames, Hpa region) => SvmOperation.Stop(frames, region);

    public static bool TryChoose(
        Vcpu* vcpu, void* capabilities, in ControlChanges changes, out MissingControl missing)
    {
        SvmVcpu.Of(vcpu)->Capabilities = (SvmCapabilities*)capabilities;
        return Counterparts.TryFind(changes, out missing);
    }

    public static bool TryVirtualizeApic(Vcpu* vcpu, in ControlChanges changes) => false;

    public static void CopyChoice(Vcpu* from, Vcpu* to) =>
        SvmVcpu.Of(to)->Capabilities = SvmVcpu.Of(from)->Capabilities;

    public static bool TryAllocate(Vcpu* vcpu, FramePool* frames) =>
        frames->TryAllocateCleared(FrameOwner.VmxRegion, out SvmVcpu.Of(vcpu)->Region)
            && ((Cpu.ReadCr4() & (ulong)Cr4.LinearAddresses57) == 0
                || frames->TryAllocateCleared(FrameOwner.VmxRegion, out SvmVcpu.Of(vcpu)->Fifth));

    public static bool IsAllocated(Vcpu* vcpu) => SvmVcpu.Of(vcpu)->Region.Value != 0;

    public static void Free(Vcpu* vcpu, FramePool* frames)
    {
        frames->Free(SvmVcpu.Of(vcpu)->Region, FrameOwner.VmxRegion);
        SvmVcpu.Of(vcpu)->Region = default;
        if (SvmVcpu.Of(vcpu)->Fifth.Value != 0)
        {
            frames->Free(SvmVcpu.Of(vcpu)->Fifth, FrameOwner.VmxRegion);
            SvmVcpu.Of(vcpu)->Fifth = default;
        }
    }

    // A cleared VMCB is one.
    public static bool TryPrepare(Vcpu* vcpu) => true;
    public static void Write(Vcpu* vcpu, in VcpuOrder order) => VmcbSetup.Write(vcpu, in order);
    public static void Reset(Vcpu* vcpu, in StartState start) => VmcbSetup.WriteGuest(vcpu, start);
    public static bool HasTags(Vcpu* vcpu) => true;
    public static uint OwnExceptions => VmcbSetup.OwnExceptions;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryLoad(Vcpu* vcpu)
    {
        SvmCpu.Processor.Load(vcpu);
        vcpu->Registers.Vmcb = SvmVcpu.Of(vcpu)->Region.Value;
        return true;
    }

    public static void Unload(Vcpu* vcpu)
    {
    }

    public static bool TryEnter(Vcpu* vcpu)
    {
        SvmEntry.Enter(vcpu);
        ulong time = Cpu.ReadTsc();
        ExitRecord* exit = vcpu->Registers.Exit;
        exit->Reason = (uint)SvmExit.Reason;
        ExitRecord.Complete(exit, time, Block->Cr3, SvmExit.Detail);
        return true;
    }

    // True where RIP is all that changes. RIP has 32 bits outside 64-bit mode: what may have to wrap is left alone.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAdvance()
    {
        Vmcb* vmcb = Block;
        ulong next = vmcb->ExitCode == ExitCode.Port ? vmcb->Info2 : vmcb->NextRip;
        if ((uint)next <= (uint)vmcb->Rip || (vmcb->Shadow & 1) != 0
            || (vmcb->Rflags & (ulong)(Rflags.Trap | Rflags.Resume)) != 0)
        {
            return false;
        }

        vmcb->Rip = next;
        return true;
    }

    public static void Inject(in Event chosen) => SvmEntry.Inject(in chosen);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inject(InterruptionInformation information) => Block->Injection = information.Raw;

    // An exception has to be one. AMD APM 2 15.20 Event Injection, 8.2 Vectors.
    public static bool CanInject(InterruptionInformation information) =>
        information.Type != InterruptionType.HardwareException || (KnownExceptions & (1u << information.Vector)) != 0;

    public static void InjectGeneralProtection() =>
        Inject(InterruptionInformation.HardwareException(ExceptionVector.GeneralProtection, hasErrorCode: true));

    // A virtual interrupt that is never taken: it exits as soon as it could be. NMIs are open behind an IRET, which
    // exits as long as they are blocked.
    public static void SetWindows(Vcpu* vcpu, bool forNmi, bool forExternal)
    {
        Vmcb* vmcb = Block;
        vcpu->Events.SetWindow(forNmi || forExternal);
        bool isAhead = vmcb->Shadow != 0 && (vmcb->Rflags & (ulong)Rflags.InterruptEnable) != 0;
        if (forExternal && isAhead && !Beside->Capabilities->Has(SvmFeatures.NextRip))
        {
            // QEMU forgets the shadow on entry: a window would open ahead of its instruction, which may be HLT. So a
            // moment is given to it, and the window is asked for behind that.
            SliceTimer.Arm(ShadowTicks);
            forExternal = false;
        }

        vmcb->Interrupt = VirtualInterrupt.MaskedByHost | (forExternal ? Window : 0);
        vmcb->General = forExternal
            ? vmcb->General | GeneralIntercepts.VirtualInterrupt
            : vmcb->General & ~GeneralIntercepts.VirtualInterrupt;
    }

    // QEMU looks for breakpoints when DR7 is written, and not when VMRUN loads it; that the host has written them does
    // no harm there, for an exit takes them out of its DR7.
    public static void ArmBreakpoints(ulong control)
    {
        Block->Dr7 = control;
        if (!Beside->Capabilities->Has(SvmFeatures.NextRip))
        {
            Cpu.WriteDebugRegister(Control, control);
        }
    }

    // The guest's own trap flag is all there is.
    public static bool TryTrap(Vcpu* vcpu, bool isOn) => false;

    public static uint Exceptions { get => Block->Exceptions; set => Block->Exceptions = value; }

    // The timer is the host's own, and goes on while the host works.
    public static bool HasTimer(Vcpu* vcpu) => true;
    public static bool IsTimerExact(Vcpu* vcpu) => true;
    public static int TimerShift(Vcpu* vcpu) => 0;
    public static void ArmTimer(uint ticks) => SliceTimer.Arm(ticks);
    public static void ExpireTimer() => SliceTimer.Expire();

    public static bool HasTscOffset(Vcpu* vcpu) => true;
    public static ulong TscOffset(Vcpu* vcpu) => Block->TscOffset;
    public static void SetTscOffset(ulong offset) => Block->TscOffset = offset;

    public static void ForgetTranslations(Vcpu* vcpu) =>
        ((Vmcb*)SvmVcpu.Of(vcpu)->Region.Pointer)->TlbControl =
            SvmVcpu.Of(vcpu)->Capabilities->Has(SvmFeatures.FlushByAsid)
                ? TlbControl.OfThisAsid : TlbControl.Everything;

    // What is remembered of second-level tables stands under the ASID of each of the guest's processors.
    public static bool TryForgetMemory(Vcpu* vcpu, Hpa root)
    {
        Block->TlbControl = TlbControl.Everything;
        return true;
    }

    public static void SetCr0(Vcpu* vcpu, Cr0 written) => Block->Cr0 = (ulong)written;

    // Without MCE a machine check would reset the machine: it is set, and reads exit where the guest has it clear.
    // Below another hypervisor that is its concern; not every emulator lets reads exit.
    public static void SetCr4(Vcpu* vcpu, Cr4 written)
    {
        Cr4 forced = Beside->Capabilities->IsBelowAnother ? 0 : Cr4.MachineCheckEnable;
        bool isAsRead = (written & forced) == forced;
        Block->Cr4 = (ulong)(written | forced);
        Block->ControlRegisters = (Block->ControlRegisters & ~VmcbSetup.Cr4Reads)
            | (isAsRead ? 0 : VmcbSetup.Cr4Reads);
    }

    public static void SetMode(Efer efer) => SvmState.Efer = efer;

    // The interrupt has been taken when its exit is seen.
    public static void AcknowledgeInterrupts(Vcpu* vcpu, bool always)
    {
    }

    public static void DeliverVirtually(Vcpu* vcpu)
    {
    }

    public static void TellVirtualInterrupts(ushort status)
    {
    }

    public static void SetEoiExits(uint quarter, ulong vectors)
    {
    }

    public static void OpenApic(Vcpu* vcpu, bool isOpen)
    {
    }

    // What VMLOAD moves would come from the VMCB again.
    public static void NoteMsr(uint msr, ulong value)
    {
        Vmcb* vmcb = Block;
        switch ((Msr)msr)
        {
            case Msr.Star: vmcb->Star = value; break;
            case Msr.Lstar: vmcb->Lstar = value; break;
            case Msr.Cstar: vmcb->Cstar = value; break;
            case Msr.Fmask: vmcb->Fmask = value; break;
            case Msr.KernelGsBase: vmcb->KernelGsBase = value; break;
        }
    }

    // What the processor has; what a guest is not shown of it is the house's to refuse.
    public static Cr4 SupportedCr4(Vcpu* vcpu) => SvmCapabilities.Cr4;
    public static bool HasRdtscp(Vcpu* vcpu) => (Cpu.Cpuid(0x8000_0001).Edx & (1u << 27)) != 0;
    public static bool HasInvpcid(Vcpu* vcpu) => false;
    public static bool TellsStringOperands(Vcpu* vcpu) => false;
}
