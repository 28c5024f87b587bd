// A colour for each kind of exit, which holds on light and on dark.
namespace MinusOne.Ovmf.Runner.Traces;

internal static class ReasonColours
{
    public static string Of(ushort reason) => (ExitReason)reason switch
    {
        ExitReason.IoInstruction => "#3f83d6",
        ExitReason.EptViolation or ExitReason.EptMisconfiguration => "#e07b39",
        ExitReason.Rdmsr => "#9a6dd7",
        ExitReason.Wrmsr => "#c25fb8",
        ExitReason.Cpuid => "#2aa198",
        ExitReason.ControlRegisterAccess or ExitReason.MovDr => "#5a9e3d",
        ExitReason.Hlt or ExitReason.Pause => "#8794a3",
        ExitReason.PreemptionTimerExpired => "#c9a227",
        ExitReason.ExternalInterrupt or ExitReason.InterruptWindow or ExitReason.NmiWindow => "#a3844b",
        ExitReason.ExceptionOrNmi or ExitReason.TripleFault => "#d64550",
        ExitReason.Vmcall => "#2f6f9f",
        ExitReason.ApicAccess or ExitReason.ApicWrite or ExitReason.VirtualizedEoi => "#6b7bd1",
        ExitReason.Xsetbv => "#7a9b76",
        _ => "#b08968",
    };
}
