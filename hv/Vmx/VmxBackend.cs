// VT-x behind the door: the backend's contract over the current VMCS. SDM 3C 26 Virtual Machine Control Structures.
namespace MinusOne.Hv.Vmx;

internal readonly unsafe struct VmxBackend : IBackend
{
    private const uint ErrorCodeValid = 1u << 11;

    public static bool TryTurnOn(FramePool* frames, out Hpa region) => VmxOperation.TryStart(frames, out region);

    public static void TurnOff(FramePool* frames, Hpa region)
    {
        VmxOperation.TurnOff();
        frames->Free(region, FrameOwner.VmxRegion);
        Writer.Log.Text("VT-x off"u8).EndLine();
    }

    public static bool TryChoose(
        Vcpu* vcpu, void* capabilities, in ControlChanges changes, out MissingControl missing)
    {
        VmxVcpu* vmx = VmxVcpu.Of(vcpu);
        vmx->Capabilities = (VmxCapabilities*)capabilities;
        return ControlPolicy.TryChoose(*vmx->Capabilities, changes, out vmx->Controls, out missing);
    }

    public static bool TryVirtualizeApic(Vcpu* vcpu, in ControlChanges changes) =>
        ControlPolicy.TryVirtualizeApic(
            *VmxVcpu.Of(vcpu)->Capabilities, changes, ref VmxVcpu.Of(vcpu)->Controls);

    public static void CopyChoice(Vcpu* from, Vcpu* to) => *VmxVcpu.Of(to) = *VmxVcpu.Of(from);

    public static bool TryAllocate(Vcpu* vcpu, FramePool* frames) =>
        frames->TryAllocateCleared(FrameOwner.VmxRegion, out VmxVcpu.Of(vcpu)->Region);

    public static bool IsAllocated(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Region.Value != 0;

    public static void Free(Vcpu* vcpu, FramePool* frames)
    {
        frames->Free(VmxVcpu.Of(vcpu)->Region, FrameOwner.VmxRegion);
        VmxVcpu.Of(vcpu)->Region = default;
    }

    public static void Write(Vcpu* vcpu, in VcpuOrder order) => VcpuState.Write(vcpu, in order);
    public static void Reset(Vcpu* vcpu, in StartState start) => VcpuState.WriteGuest(vcpu, start);
    public static bool HasTags(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Controls.Has(SecondaryControls.EnableVpid);
    public static uint OwnExceptions => VcpuState.OwnExceptions;

    // A cleared region becomes a VMCS that can be loaded.
    public static bool TryPrepare(Vcpu* vcpu)
    {
        VmxVcpu* vmx = VmxVcpu.Of(vcpu);
        VmxOperation.PrepareRegion(vmx->Region, vmx->Capabilities->Basic.RevisionId);
        return VmxCpu.VmClear(vmx->Region) == VmxResult.Succeed;
    }

    public static bool TryLoad(Vcpu* vcpu) => VmxCpu.VmPtrLoad(VmxVcpu.Of(vcpu)->Region) == VmxResult.Succeed;

    // A VMCS that is clear is launched, wherever that is.
    public static void Unload(Vcpu* vcpu)
    {
        VmxCpu.VmClear(VmxVcpu.Of(vcpu)->Region);
        vcpu->Registers.Launched = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryEnter(Vcpu* vcpu)
    {
        VmxResult result = VmxCpu.Enter(&vcpu->Registers);
        if (result != VmxResult.Succeed)
        {
            VmxVcpu.Of(vcpu)->Refusal = result;
            return false;
        }

        vcpu->Registers.Launched = 1;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAdvance() => VmxCpu.TryAdvance();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inject(InterruptionInformation information) =>
        Vmcs.Write(Vmcs32.EntryInterruptionInformation, information.Raw);

    public static bool CanInject(InterruptionInformation information) => true;

    public static void InjectGeneralProtection()
    {
        Vmcs.Write(Vmcs32.EntryExceptionErrorCode, 0);
        Inject(InterruptionInformation.HardwareException(ExceptionVector.GeneralProtection, hasErrorCode: true));
    }

    public static void Inject(in Event chosen)
    {
        InterruptionInformation information = chosen.Information;
        if (information.HasErrorCode)
        {
            // Real mode pushes no error codes. SDM 3C 28.2.1.3 VM-Entry Control Fields.
            bool isProtected = (VmxState.Cr0 & Cr0.ProtectionEnable) != 0;
            information = isProtected ? information : new InterruptionInformation(information.Raw & ~ErrorCodeValid);
            Vmcs.Write(Vmcs32.EntryExceptionErrorCode, chosen.ErrorCode);
        }

        if (information.HasInstructionLength)
        {
            Vmcs.Write(Vmcs32.EntryInstructionLength, chosen.InstructionLength);
        }

        // An NMI whose delivery was interrupted has blocked NMIs already; delivering it again must find them open.
        InterruptibilityState blocked = VmxState.Blocking;
        if (information.Type == InterruptionType.Nmi && blocked.BlockingByNmi)
        {
            VmxState.Blocking = blocked.WithNmiBlocking(false);
        }

        VmxState.Activity = ActivityState.Active;
        Inject(information);
    }

    public static void SetWindows(Vcpu* vcpu, bool forNmi, bool forExternal)
    {
        ref ControlWords controls = ref VmxVcpu.Of(vcpu)->Controls;
        PrimaryControls windows =
            (forNmi && controls.Has(PinControls.VirtualNmis) ? PrimaryControls.NmiWindowExiting : 0)
            | (forExternal ? PrimaryControls.InterruptWindowExiting : 0);
        PrimaryControls wanted =
            (controls.Primary & ~(PrimaryControls.NmiWindowExiting | PrimaryControls.InterruptWindowExiting)) | windows;
        if (wanted != controls.Primary)
        {
            vcpu->Events.SetWindow(windows != 0);
            controls.Primary = wanted;
            Vmcs.Write(Vmcs32.PrimaryControls, (uint)wanted);
        }
    }

    public static void ArmBreakpoints(ulong control) => VmxState.Dr7 = control;

    public static bool TryTrap(Vcpu* vcpu, bool isOn)
    {
        VmxVcpu* vmx = VmxVcpu.Of(vcpu);
        bool isPossible = vmx->Capabilities->Primary.MayBeOne((uint)PrimaryControls.MonitorTrapFlag);
        if (isPossible)
        {
            PrimaryControls others = vmx->Controls.Primary & ~PrimaryControls.MonitorTrapFlag;
            vmx->Controls.Primary = others | (isOn ? PrimaryControls.MonitorTrapFlag : 0);
            Vmcs.Write(Vmcs32.PrimaryControls, (uint)vmx->Controls.Primary);
        }

        return isPossible;
    }

    public static uint Exceptions
    {
        get => Vmcs.Read(Vmcs32.ExceptionBitmap);
        set => Vmcs.Write(Vmcs32.ExceptionBitmap, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ArmTimer(uint ticks) => Vmcs.Write(Vmcs32.PreemptionTimerValue, ticks);

    public static void ExpireTimer() => ArmTimer(0);

    public static bool HasTimer(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Controls.Has(PinControls.PreemptionTimer);

    public static bool IsTimerExact(Vcpu* vcpu) =>
        HasTimer(vcpu) && VmxVcpu.Of(vcpu)->Controls.Has(ExitControls.SavePreemptionTimerValue);

    public static int TimerShift(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Capabilities->Misc.PreemptionTimerShift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasTscOffset(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Controls.Has(PrimaryControls.UseTscOffsetting);

    public static ulong TscOffset(Vcpu* vcpu) => HasTscOffset(vcpu) ? Vmcs.Read(Vmcs64.TscOffset) : 0;
    public static void SetTscOffset(ulong offset) => Vmcs.Write(Vmcs64.TscOffset, offset);

    // Without VPIDs every entry and exit forgets them. SDM 3C 30.4.3 Invalidating Cached Translation Information.
    public static void ForgetTranslations(Vcpu* vcpu)
    {
        if (vcpu->Tag != 0)
        {
            InvVpidDescriptor descriptor = new() { Vpid = vcpu->Tag };
            VmxCpu.InvVpid(VmxVcpu.Of(vcpu)->Capabilities->EptVpid.InvvpidSingleContext
                ? InvVpidKind.SingleContext : InvVpidKind.AllContexts, &descriptor);
        }
    }

    // EPT, before the guest is entered again.
    public static bool TryForgetMemory(Vcpu* vcpu, Hpa root)
    {
        EptVpidCapabilities capabilities = VmxVcpu.Of(vcpu)->Capabilities->EptVpid;
        VmxVcpu.Of(vcpu)->Refusal = EptPointer.To(root, capabilities).Invalidate(capabilities);
        return VmxVcpu.Of(vcpu)->Refusal == VmxResult.Succeed;
    }

    // What VMX operation demands of them: SDM 3D A.7, A.8; with unrestricted guest, PE and PG are free.
    public static void SetCr0(Vcpu* vcpu, Cr0 written)
    {
        Cr0 demanded = (Cr0)VmxVcpu.Of(vcpu)->Capabilities->Cr0MustBeOne & ~(Cr0.ProtectionEnable | Cr0.Paging);
        Vmcs.Write(VmcsNatural.GuestCr0, ((ulong)written & ~VcpuState.OwnedCr0) | (ulong)demanded);
        Vmcs.Write(VmcsNatural.Cr0ReadShadow, (ulong)written);
    }

    public static void SetCr4(Vcpu* vcpu, Cr4 written)
    {
        VmxVcpu* vmx = VmxVcpu.Of(vcpu);
        if (MakesUmip(vmx))
        {
            bool isOn = (written & Cr4.UserModeInstructionPrevention) != 0;
            Vmcs.Write(Vmcs32.SecondaryControls,
                (uint)(vmx->Controls.Secondary | (isOn ? SecondaryControls.DescriptorTableExiting : 0)));
        }

        Vmcs.Write(VmcsNatural.GuestCr4,
            ((ulong)written & ~(MakesUmip(vmx) ? (ulong)Cr4.UserModeInstructionPrevention : 0))
            | vmx->Capabilities->Cr4MustBeOne | (ulong)Cr4.MachineCheckEnable);
        Vmcs.Write(VmcsNatural.Cr4ReadShadow, (ulong)written);
    }

    // The entry control says which mode is entered and must agree with EFER.LMA. SDM 3C 28.3.1.1 Checks on Guest
    // Control Registers, Debug Registers, and MSRs.
    public static void SetMode(Efer efer)
    {
        VmxState.Efer = efer;
        uint entry = Vmcs.Read(Vmcs32.EntryControls) & ~(uint)EntryControls.Ia32eModeGuest;
        bool active = (efer & Efer.LongModeActive) != 0;
        Vmcs.Write(Vmcs32.EntryControls, entry | (active ? (uint)EntryControls.Ia32eModeGuest : 0));
    }

    public static void AcknowledgeInterrupts(Vcpu* vcpu, bool always) => Vmcs.Write(Vmcs32.ExitControls,
        (uint)(VmxVcpu.Of(vcpu)->Controls.Exit | (always ? ExitControls.AcknowledgeInterruptOnExit : 0)));

    public static void NoteMsr(uint msr, ulong value)
    {
    }

    public static Cr4 SupportedCr4(Vcpu* vcpu) => (Cr4)VmxVcpu.Of(vcpu)->Capabilities->Cr4MayBeOne
        | (MakesUmip(VmxVcpu.Of(vcpu)) ? Cr4.UserModeInstructionPrevention : 0);

    // The processor lacks UMIP, and has exits for the instructions that it keeps from users; all but SMSW.
    private static bool MakesUmip(VmxVcpu* vmx) =>
        ((Cr4)vmx->Capabilities->Cr4MayBeOne & Cr4.UserModeInstructionPrevention) == 0
        && vmx->Capabilities->Secondary.MayBeOne((uint)SecondaryControls.DescriptorTableExiting);

    public static bool HasRdtscp(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Controls.Has(SecondaryControls.EnableRdtscp);
    public static bool HasInvpcid(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Controls.Has(SecondaryControls.EnableInvpcid);
    public static bool TellsStringOperands(Vcpu* vcpu) => VmxVcpu.Of(vcpu)->Capabilities->Basic.HasStringInformation;
    public static void DeliverVirtually(Vcpu* vcpu) => VirtualApic.Prepare(vcpu);
    public static void TellVirtualInterrupts(ushort status) => Vmcs.Write(Vmcs16.GuestInterruptStatus, status);
    public static void SetEoiExits(uint quarter, ulong vectors) => VirtualApic.SetEoiExits(quarter, vectors);
    public static void OpenApic(Vcpu* vcpu, bool isOpen) => VirtualApic.Open(vcpu, isOpen);
}
