// What a configuration changes of VT-x' controls, in SVM's words: the intercept that does the same. A control without
// one cannot be had here, and the configuration says so by name.
namespace MinusOne.Hv.Svm;

internal static unsafe class Counterparts
{
    private const PrimaryControls Mapped =
        PrimaryControls.HltExiting | PrimaryControls.InvlpgExiting | PrimaryControls.RdpmcExiting
        | PrimaryControls.RdtscExiting | PrimaryControls.Cr3LoadExiting | PrimaryControls.Cr3StoreExiting
        | PrimaryControls.Cr8LoadExiting | PrimaryControls.Cr8StoreExiting | PrimaryControls.MovDrExiting
        | PrimaryControls.UnconditionalIoExiting | PrimaryControls.UseIoBitmaps | PrimaryControls.UseMsrBitmaps
        | PrimaryControls.PauseExiting | PrimaryControls.UseTscOffsetting;

    private const PinControls MappedPin = PinControls.ExternalInterruptExiting | PinControls.NmiExiting;
    private const ExitControls MappedExit = ExitControls.AcknowledgeInterruptOnExit;
    private const uint AllDebugRegisters = 0xFFFF_FFFF;

    public static bool TryFind(in ControlChanges changes, out MissingControl missing)
    {
        missing = default;
        Check(ControlWord.Pin, (changes.PinSet & ~(uint)MappedPin) | changes.PinClear, ref missing);
        Check(ControlWord.Primary, (changes.PrimarySet | changes.PrimaryClear) & ~(uint)Mapped, ref missing);
        Check(ControlWord.Secondary, changes.SecondarySet, ref missing);
        Check(ControlWord.Exit, (changes.ExitSet & ~(uint)MappedExit) | changes.ExitClear, ref missing);
        return !missing.IsMissing;
    }

    public static void Apply(Vmcb* vmcb, in ControlChanges changes, Interception* interception)
    {
        var set = (PrimaryControls)changes.PrimarySet;
        var clear = (PrimaryControls)changes.PrimaryClear;
        Change(ref vmcb->General, GeneralIntercepts.Hlt, set, clear, PrimaryControls.HltExiting);
        Change(ref vmcb->General, GeneralIntercepts.Invlpg, set, clear, PrimaryControls.InvlpgExiting);
        Change(ref vmcb->General, GeneralIntercepts.Rdpmc, set, clear, PrimaryControls.RdpmcExiting);
        Change(ref vmcb->General, GeneralIntercepts.Rdtsc, set, clear, PrimaryControls.RdtscExiting);
        vmcb->Instructions |= (set & PrimaryControls.RdtscExiting) != 0 ? SvmIntercepts.Rdtscp : 0;
        Change(ref vmcb->General, GeneralIntercepts.Pause, set, clear, PrimaryControls.PauseExiting);
        if ((set & PrimaryControls.PauseExiting) != 0)
        {
            // Each one, not those of a loop that goes on for long.
            vmcb->PauseCount = 0;
        }

        Change(ref vmcb->ControlRegisters, 1u << (16 + 3), set, clear, PrimaryControls.Cr3LoadExiting);
        Change(ref vmcb->ControlRegisters, 1u << 3, set, clear, PrimaryControls.Cr3StoreExiting);
        Change(ref vmcb->DebugRegisters, AllDebugRegisters, set, clear, PrimaryControls.MovDrExiting);
        Intercept(vmcb, changes);
        if ((clear & PrimaryControls.UseMsrBitmaps) != 0)
        {
            interception->InterceptMsrs();
        }

        bool hasPorts = (set & (PrimaryControls.UseIoBitmaps | PrimaryControls.UnconditionalIoExiting)) != 0;
        if ((clear & PrimaryControls.UseIoBitmaps) != 0 && !hasPorts)
        {
            vmcb->General &= ~GeneralIntercepts.Ports;
        }
    }

    // A guest/host mask is a write that exits if one of its bits changes: here any write does.
    private static void Intercept(Vmcb* vmcb, in ControlChanges changes)
    {
        vmcb->ControlRegisters |= changes.Cr0Mask != 0 ? 1u << 16 : 0;
        vmcb->ControlRegisters |= changes.Cr4Mask != 0 ? 1u << (16 + 4) : 0;
    }

    private static void Change(
        ref GeneralIntercepts word, GeneralIntercepts bit, PrimaryControls set, PrimaryControls clear,
        PrimaryControls control)
    {
        word |= (set & control) != 0 ? bit : 0;
        word &= (clear & control) != 0 ? ~bit : word;
    }

    private static void Change(
        ref uint word, uint bits, PrimaryControls set, PrimaryControls clear, PrimaryControls control)
    {
        word |= (set & control) != 0 ? bits : 0;
        word &= (clear & control) != 0 ? ~bits : word;
    }

    private static void Check(ControlWord word, uint bits, ref MissingControl missing)
    {
        if (bits != 0 && !missing.IsMissing)
        {
            missing = new MissingControl((uint)word, BitOperations.TrailingZeroCount(bits));
        }
    }
}
