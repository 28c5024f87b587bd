// Prepares a VMCS: what the host comes back to, how the guest begins, and what is intercepted. SDM 3C 26.4 Guest-State
// Area, 26.5 Host-State Area, 26.6-26.8 (control fields). The VMCS is current, and clear.
namespace MinusOne.Hv.Vmx;

internal static unsafe class VcpuState
{
    // CR0 bits a guest may not have as it likes: NE must be 1 in VMX operation, NW and CD would turn caches off.
    public const ulong OwnedCr0 = (ulong)(Cr0.NumericError | Cr0.NotWriteThrough | Cr0.CacheDisable);

    // Features a guest is not shown: setting such a bit is #GP. UMIP may be made of exits; DE is looked at; without MCE
    // a machine check would reset the machine.
    public const ulong OwnedCr4 = (ulong)(ControlRegisterRules.HiddenCr4 | Cr4.MachineCheckEnable
        | Cr4.UserModeInstructionPrevention | Cr4.DebuggingExtensions);

    // Their delivery can raise them again - a breakpoint on the stack or in the interrupt table, an unaligned stack -
    // and so go on for ever without a moment at which the preemption timer could exit. SDM 3C 27.5.1. And a machine
    // check is the host's.
    public const uint OwnExceptions = (1u << (int)ExceptionVector.Debug)
        | (1u << (int)ExceptionVector.AlignmentCheck) | (1u << (int)ExceptionVector.MachineCheck);

    // TSC ticks: two PAUSEs are of one loop if they are not further apart; a loop that lasts longer exits.
    private const uint PauseGap = 128;
    private const uint PauseWindow = 4096;
    private const ulong NoLink = ulong.MaxValue;

    public static void Write(Vcpu* vcpu, in VcpuOrder order)
    {
        VmxVcpu* vmx = VmxVcpu.Of(vcpu);
        vmx->Interception = order.Interception;
        if (order.IsShared)
        {
            // PAUSE in a loop tells that somebody else has to run first.
            vmx->Controls.Secondary |=
                (SecondaryControls)vmx->Capabilities->Secondary.MayBeOneBits & SecondaryControls.PauseLoopExiting;
        }

        WriteControls(vmx->Controls, *order.Changes);
        WriteHost(*order.Host, vmx->Controls);
        WriteGuest(vcpu, order.Start);
        ulong pointer = EptPointer.To(order.MemoryRoot, vmx->Capabilities->EptVpid).Raw;
        WritePointers(vcpu, in *order.Interception, pointer & ~(ulong)order.Changes->EptPointerClear);
    }

    public static void WriteControls(in ControlWords words, in ControlChanges changes)
    {
        Vmcs.Write(Vmcs32.PinControls, (uint)words.Pin);
        Vmcs.Write(Vmcs32.PrimaryControls, (uint)words.Primary);
        Vmcs.Write(Vmcs32.SecondaryControls, (uint)words.Secondary);
        Vmcs.Write(Vmcs32.ExitControls, (uint)words.Exit);
        Vmcs.Write(Vmcs32.EntryControls, (uint)words.Entry);
        Vmcs.Write(Vmcs32.ExceptionBitmap, changes.ExceptionBitmap | OwnExceptions);
        Vmcs.Write(Vmcs32.PageFaultErrorCodeMask, changes.PageFaultMask);
        Vmcs.Write(Vmcs32.PageFaultErrorCodeMatch, changes.PageFaultMatch);
        Vmcs.Write(Vmcs32.Cr3TargetCount, 0);
        Vmcs.Write(Vmcs32.ExitMsrStoreCount, 0);
        Vmcs.Write(Vmcs32.ExitMsrLoadCount, 0);
        Vmcs.Write(Vmcs32.EntryMsrLoadCount, 0);
        Vmcs.Write(Vmcs32.EntryInterruptionInformation, 0);
        Vmcs.Write(VmcsNatural.Cr0GuestHostMask, OwnedCr0 | changes.Cr0Mask);
        Vmcs.Write(VmcsNatural.Cr4GuestHostMask, OwnedCr4 | changes.Cr4Mask);
        if (words.Has(SecondaryControls.PauseLoopExiting))
        {
            Vmcs.Write(Vmcs32.PauseLoopExitingGap, PauseGap);
            Vmcs.Write(Vmcs32.PauseLoopExitingWindow, PauseWindow);
        }

        if (words.Has(SecondaryControls.EnableEnclsExiting))
        {
            Vmcs.Write(Vmcs64.EnclsExitingBitmap, ulong.MaxValue);
        }

        if (words.Has(PrimaryControls.UseTscOffsetting))
        {
            Vmcs.Write(Vmcs64.TscOffset, 0);
        }
    }

    // The bitmaps, the second-level table, the processor's tag in the translation caches.
    public static void WritePointers(Vcpu* vcpu, in Interception interception, ulong secondLevel)
    {
        Vmcs.Write(Vmcs64.IoBitmapA, interception.PortsLow.Value);
        Vmcs.Write(Vmcs64.IoBitmapB, interception.PortsHigh.Value);
        Vmcs.Write(Vmcs64.MsrBitmaps, interception.Msrs.Value);
        Vmcs.Write(Vmcs64.EptPointer, secondLevel);
        if (vcpu->Tag != 0)
        {
            Vmcs.Write(Vmcs16.VirtualProcessorId, vcpu->Tag);
            InvVpidDescriptor descriptor = new() { Vpid = vcpu->Tag };
            VmxCpu.InvVpid(InvVpidKind.AllContexts, &descriptor);
        }

        if (VmxVcpu.Of(vcpu)->Controls.Has(SecondaryControls.EnableXsavesXrstors))
        {
            Vmcs.Write(Vmcs64.XssExitingBitmap, 0);
        }
    }

    public static void WriteHost(in HostState host, in ControlWords words)
    {
        Vmcs.Write(VmcsNatural.HostCr0, Cpu.ReadCr0());
        Vmcs.Write(VmcsNatural.HostCr3, Cpu.ReadCr3());
        Vmcs.Write(VmcsNatural.HostCr4, Cpu.ReadCr4());
        for (Vmcs16 field = Vmcs16.HostEsSelector; field <= Vmcs16.HostGsSelector; field += 2)
        {
            Vmcs.Write(field, field == Vmcs16.HostCsSelector ? host.CodeSelector : host.DataSelector);
        }

        Vmcs.Write(Vmcs16.HostTrSelector, host.TaskSelector);
        Vmcs.Write(VmcsNatural.HostFsBase, 0);
        Vmcs.Write(VmcsNatural.HostGsBase, 0);
        Vmcs.Write(VmcsNatural.HostTrBase, host.TssBase);
        Vmcs.Write(VmcsNatural.HostGdtrBase, host.GdtBase);
        Vmcs.Write(VmcsNatural.HostIdtrBase, host.IdtBase);
        Vmcs.Write(Vmcs32.HostSysenterCs, 0);
        Vmcs.Write(VmcsNatural.HostSysenterEsp, 0);
        Vmcs.Write(VmcsNatural.HostSysenterEip, 0);
        Vmcs.Write(Vmcs64.HostEfer, Cpu.ReadMsr((uint)Msr.Efer));
        Vmcs.Write(VmcsNatural.HostRip, host.ExitAddress);
        if (words.Has(ExitControls.LoadPat))
        {
            Vmcs.Write(Vmcs64.HostPat, Cpu.ReadMsr((uint)Msr.Pat));
        }
    }

    public static void WriteGuest(Vcpu* vcpu, in StartState start)
    {
        ResetState.Write<VmxBackend, VmxState>(vcpu, start);
        Vmcs.Write(Vmcs64.VmcsLinkPointer, NoLink);
        if (VmxVcpu.Of(vcpu)->Controls.Has(EntryControls.LoadPat))
        {
            VmxState.Keep(KeptMsr.Pat, ResetState.Pat);
        }
    }
}

// What VT-x keeps of a virtual processor beside its VMCS: in the part of a Vcpu that is the backend's.
internal unsafe struct VmxVcpu
{
    public ControlWords Controls;

    // Its VMCS.
    public Hpa Region;
    public VmxCapabilities* Capabilities;
    public Interception* Interception;

    // The VMCS lets the guest reach the registers of its x2APIC without an exit: LocalApic.IsOpen.
    public bool IsApicOpen;

    // Why it was not entered.
    public VmxResult Refusal;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VmxVcpu* Of(Vcpu* vcpu) => (VmxVcpu*)vcpu->BackendPart;
}
