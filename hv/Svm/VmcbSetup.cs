// Fills in a VMCB: what exits, which maps and tables count, and how the guest begins. AMD APM 2 15.5.1 Basic Operation,
// Appendix B Layout of VMCB, 14.1.3 Processor Initialization State.
namespace MinusOne.Hv.Svm;

internal static unsafe class VmcbSetup
{
    // #DB and #AC may go on for ever without a moment at which an interrupt could come; of #UD some are VMCALL, which
    // this vendor does not have; #DF is where a shutdown begins (SvmEntry). AMD APM 2 15.12 Exception Intercepts.
    public const uint OwnExceptions = (1u << (int)ExceptionVector.Debug) | (1u << (int)ExceptionVector.AlignmentCheck)
        | (1u << (int)ExceptionVector.InvalidOpcode) | (1u << (int)ExceptionVector.DoubleFault);

    private const GeneralIntercepts General =
        GeneralIntercepts.Interrupt | GeneralIntercepts.Nmi | GeneralIntercepts.Init | GeneralIntercepts.Rdpmc
        | GeneralIntercepts.Cpuid | GeneralIntercepts.Rsm | GeneralIntercepts.Invd | GeneralIntercepts.Hlt
        | GeneralIntercepts.Invlpga | GeneralIntercepts.Ports | GeneralIntercepts.Msrs | GeneralIntercepts.TaskSwitch
        | GeneralIntercepts.FerrFreeze | GeneralIntercepts.Shutdown

        // What a processor refuses to hold in CR0, VMRUN refuses; and not every emulator refuses it to the guest.
        | GeneralIntercepts.Cr0Selective;

    private const SvmIntercepts Instructions =
        SvmIntercepts.Vmrun | SvmIntercepts.Vmmcall | SvmIntercepts.Vmload | SvmIntercepts.Vmsave | SvmIntercepts.Stgi
        | SvmIntercepts.Clgi | SvmIntercepts.Skinit | SvmIntercepts.Icebp | SvmIntercepts.Wbinvd
        | SvmIntercepts.Monitor | SvmIntercepts.Mwait | SvmIntercepts.Xsetbv | SvmIntercepts.Rdpru;

    private const LateIntercepts Late = LateIntercepts.Invlpgb | LateIntercepts.IllegalInvlpgb
        | LateIntercepts.Invpcid | LateIntercepts.Mcommit | LateIntercepts.Tlbsync;

    public const uint Cr4Reads = 1u << 4;

    // Reads of CR8; writes of CR4 and CR8.
    private const uint ControlRegisters = (1u << 8) | (1u << (16 + 4)) | (1u << (16 + 8));

    // PAUSEs of one loop, and how often they are let pass.
    private const ushort PauseThreshold = 128;
    private const ushort PauseCount = 64;
    private const ulong NestedPagingOn = 1;
    private const ulong BranchRecordsOn = 1;
    private const ulong ResetDr6 = 0xFFFF_0FF0;

    public static void Write(Vcpu* vcpu, in VcpuOrder order)
    {
        SvmVcpu* svm = SvmVcpu.Of(vcpu);
        Vmcb* vmcb = SvmCpu.Processor.Vmcb;
        vmcb->ControlRegisters = ControlRegisters;
        vmcb->Exceptions = OwnExceptions | order.Changes->ExceptionBitmap;
        vmcb->General = General;
        vmcb->Instructions = Instructions;
        vmcb->Late = Late;
        vmcb->PortMap = order.Interception->PortsLow;
        vmcb->MsrMap = order.Interception->Msrs;
        order.Interception->SetMsr((uint)Msr.Efer, Interception.Reads | Interception.Writes);
        uint asids = Math.Min(svm->Capabilities->Asids, SvmProcessor.MostAsids);
        vmcb->Asid = 1 + ((vcpu->Tag - 1u) % (asids - 1));
        vmcb->TlbControl = TlbControl.Everything;
        vmcb->Interrupt = VirtualInterrupt.MaskedByHost;
        vmcb->NestedPaging = NestedPagingOn;
        vmcb->NestedRoot = svm->Fifth.Value == 0 ? order.MemoryRoot : svm->Fifth;
        if (svm->Fifth.Value != 0)
        {
            // AMD APM 2 15.25.3 Enabling Nested Paging: the host's paging mode is that of these tables, too.
            *(ulong*)svm->Fifth.Pointer = PageEntry.ToTable(order.MemoryRoot).Raw;
        }

        vmcb->BranchRecords = svm->Capabilities->Has(SvmFeatures.BranchRecords) ? BranchRecordsOn : 0;
        svm->Iret = svm->Injected = SvmVcpu.NoPlace;
        if (order.IsShared)
        {
            vmcb->General |= GeneralIntercepts.Pause;
            vmcb->PauseCount = svm->Capabilities->Has(SvmFeatures.PauseFilter) ? PauseCount : (ushort)0;
            vmcb->PauseThreshold = PauseThreshold;
        }

        Counterparts.Apply(vmcb, in *order.Changes, order.Interception);

        WriteGuest(vcpu, order.Start);
    }

    public static void WriteGuest(Vcpu* vcpu, in StartState start)
    {
        ResetState.Write<SvmBackend, SvmState>(vcpu, start);
        SvmState.Dr6 = ResetDr6;
        SvmState.Keep(KeptMsr.Pat, ResetState.Pat);
    }
}
