// Turning SVM on and off. AMD APM 2 15.4 Enabling SVM, 15.5.1 Basic Operation (the host's save area). The caller has
// examined the processor: it has SVM, and VM_CR is not locked against it.
namespace MinusOne.Hv.Svm;

internal static unsafe class SvmOperation
{
    // SVM is on, or the log says why not. `region` is where VMRUN keeps the host's state.
    public static bool TryStart(FramePool* frames, out Hpa region)
    {
        if (!frames->TryAllocateCleared(FrameOwner.VmxRegion, out region))
        {
            Writer.Log.Text("no frame for the host save area"u8).EndLine();
            return false;
        }

        TurnOn(region);
        SliceTimer.Start();
        SvmCpu.Processor.IsBelowAnother = SvmCapabilities.Read().IsBelowAnother;
        SvmCpu.Processor.HasTick = TickByNmi.IsNeeded(SvmCapabilities.Read());
        if (SvmCpu.Processor.HasTick)
        {
            TickByNmi.Start();
        }

        Writer.Log.Text("SVM on, host save area at "u8).Hex(region.Value).Text("h, revision "u8)
            .Decimal(SvmCapabilities.Read().Revision).EndLine();
        return true;
    }

    public static void Stop(FramePool* frames, Hpa region)
    {
        SliceTimer.Stop();
        if (SvmCpu.Processor.HasTick)
        {
            TickByNmi.Stop();
        }

        TurnOff();
        frames->Free(region, FrameOwner.VmxRegion);
        Writer.Log.Text("SVM off"u8).EndLine();
    }

    public static void TurnOn(Hpa region)
    {
        ulong control = Cpu.ReadMsr(SvmMsr.VmCr);
        if ((control & SvmMsr.VmCrDisabled) != 0)
        {
            Cpu.WriteMsr(SvmMsr.VmCr, control & ~SvmMsr.VmCrDisabled);
        }

        Cpu.WriteMsr(Msr.Efer, Cpu.ReadMsr(Msr.Efer) | SvmMsr.EferEnable);
        Cpu.WriteMsr(SvmMsr.HostSavePage, region.Value);
        SvmCpu.SetGlobalInterrupts(false);
    }

    public static void TurnOff()
    {
        SvmCpu.SetGlobalInterrupts(true);
        Cpu.WriteMsr(SvmMsr.HostSavePage, 0);
        Cpu.WriteMsr(Msr.Efer, Cpu.ReadMsr(Msr.Efer) & ~SvmMsr.EferEnable);
    }
}
