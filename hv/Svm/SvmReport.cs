// What the VMCB says of the last exit, as it stands there, for a guest that came to grief. AMD APM 2 15.6 #VMEXIT.
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
}
