// VT-x behind the door: the backend's contract over the current VMCS. SDM 3C 26 Virtual Machine Control Structures.

namespace MinusOne.Hv.Vmx;

internal readonly unsafe struct VmxBackend : IBackend
{
    // A cleared region becomes a VMCS that can be loaded.
    public static bool TryPrepare(Vcpu* vcpu, uint revision)
    {
        VmxRegion.Prepare(vcpu->Region, revision);
        return VmxCpu.VmClear(vcpu->Region) == VmxResult.Succeed;
    }

    public static bool TryLoad(Vcpu* vcpu) => VmxCpu.VmPtrLoad(vcpu->Region) == VmxResult.Succeed;

    public static void Unload(Vcpu* vcpu) => VmxCpu.VmClear(vcpu->Region);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAdvance() => VmxCpu.TryAdvance();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Inject(InterruptionInformation information) =>
        Vmcs.Write(Vmcs32.EntryInterruptionInformation, information.Raw);

    public static void OpenInterruptWindow(Vcpu* vcpu)
    {
        vcpu->Controls.Primary |= PrimaryControls.InterruptWindowExiting;
        Vmcs.Write(Vmcs32.PrimaryControls, (uint)vcpu->Controls.Primary);
        vcpu->Events.SetWindow(true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ArmTimer(uint ticks) => Vmcs.Write(Vmcs32.PreemptionTimerValue, ticks);

    public static bool HasTimerRunOut(Vcpu* vcpu) =>
        vcpu->Controls.Has(ExitControls.SavePreemptionTimerValue) && Vmcs.Read(Vmcs32.PreemptionTimerValue) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasTscOffset(Vcpu* vcpu) => vcpu->Controls.Has(PrimaryControls.UseTscOffsetting);

    public static ulong TscOffset(Vcpu* vcpu) => HasTscOffset(vcpu) ? Vmcs.Read(Vmcs64.TscOffset) : 0;

    public static void SetTscOffset(ulong offset) => Vmcs.Write(Vmcs64.TscOffset, offset);

    // Without VPIDs every entry and exit forgets them. SDM 3C 30.4.3 Invalidating Cached Translation Information.
    public static void ForgetTranslations(Vcpu* vcpu)
    {
        if (vcpu->Vpid != 0)
        {
            InvVpidDescriptor descriptor = new() { Vpid = vcpu->Vpid };
            VmxCpu.InvVpid(vcpu->Vm->Machine->Facts.Vmx.EptVpid.InvvpidSingleContext
                ? InvVpidKind.SingleContext : InvVpidKind.AllContexts, &descriptor);
        }
    }

    // What VMX operation demands of them: SDM 3D A.7, A.8; with unrestricted guest, PE and PG are free.
    public static void SetCr0(Vcpu* vcpu, Cr0 written)
    {
        Cr0 demanded = (Cr0)vcpu->Vm->Machine->Facts.Vmx.Cr0MustBeOne & ~(Cr0.ProtectionEnable | Cr0.Paging);
        Vmcs.Write(VmcsNatural.GuestCr0, ((ulong)written & ~VcpuState.OwnedCr0) | (ulong)demanded);
        Vmcs.Write(VmcsNatural.Cr0ReadShadow, (ulong)written);
    }

    public static void SetCr4(Vcpu* vcpu, Cr4 written)
    {
        Vmcs.Write(VmcsNatural.GuestCr4, (ulong)written | vcpu->Vm->Machine->Facts.Vmx.Cr4MustBeOne);
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

    public static void AcknowledgeInterrupts(Vcpu* vcpu, bool always) => Vmcs.Write(
        Vmcs32.ExitControls,
        (uint)(vcpu->Controls.Exit | (always ? ExitControls.AcknowledgeInterruptOnExit : 0)));
}
