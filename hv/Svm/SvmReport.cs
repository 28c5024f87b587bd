// What the VMCB says of the last exit, as it stands there, for a guest that came to grief; and what a VMRUN that was
// refused may have been refused for. AMD APM 2 15.6 #VMEXIT, 15.5.1 Basic Operation.
namespace MinusOne.Hv.Svm;

internal static unsafe class SvmReport
{
    public static uint Word(ControlWord word) => word switch
    {
        ControlWord.Intercepts => (uint)SvmCpu.Processor.Vmcb->General,
        ControlWord.MoreIntercepts => (uint)SvmCpu.Processor.Vmcb->Instructions,
        _ => (uint)SvmCpu.Processor.Vmcb->Late,
    };

    public static void Exit(Output output)
    {
        Vmcb* vmcb = SvmCpu.Processor.Vmcb;
        uint reason = (uint)SvmExit.Reason;
        new Writer(output).Text("  last exit "u8).Decimal(reason).Text(" ("u8).Text(Names.OfExit(reason))
            .Text(")  code "u8).Hex((ulong)vmcb->ExitCode).Text("  information "u8).Hex(vmcb->Info1)
            .Text(" "u8).Hex(vmcb->Info2).EndLine();
        new Writer(output).Text("  next RIP "u8).Hex(vmcb->NextRip).Text("  interrupted event "u8)
            .Hex(SvmExit.IsDeliveryInterrupted ? vmcb->InterruptedEvent : 0).Text("  shadow "u8).Hex(vmcb->Shadow)
            .Text("  virtual interrupt "u8).Hex((ulong)vmcb->Interrupt).EndLine();
    }

    // The processor does not say which rule it was: these are the fields that there are rules for.
    public static void Refused()
    {
        Vmcb* vmcb = SvmCpu.Processor.Vmcb;
        Writer.Log.Text("VMRUN: the processor refuses this VMCB: EFER "u8).Hex(vmcb->Efer)
            .Text(" CR0 "u8).Hex(vmcb->Cr0).Text(" CR3 "u8).Hex(vmcb->Cr3).Text(" CR4 "u8).Hex(vmcb->Cr4)
            .Text(" DR6 "u8).Hex(vmcb->Dr6).Text(" DR7 "u8).Hex(vmcb->Dr7).EndLine();
        Writer.Log.Text("  ASID "u8).Decimal(vmcb->Asid).Text(" ports "u8).Hex(vmcb->PortMap.Value)
            .Text(" MSRs "u8).Hex(vmcb->MsrMap.Value).Text(" nested CR3 "u8).Hex(vmcb->NestedRoot.Value)
            .Text(" PAT "u8).Hex(vmcb->Pat).Text(" CS attributes "u8).Hex(vmcb->Cs.Attributes)
            .Text(" instructions "u8).Hex((ulong)vmcb->Instructions).EndLine();
    }
}
