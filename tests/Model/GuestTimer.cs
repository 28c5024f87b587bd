// What ends a guest's time: VT-x has a timer for it, SVM the host's interrupts.
namespace MinusOne.Tests.Model;

internal abstract class GuestTimer
{
    // It can expire at all.
    public abstract bool IsActive { get; }

    public abstract bool HasExpired { get; }

    // TSC ticks until it expires.
    public abstract ulong Remaining { get; }

    public abstract GuestExit Exit { get; }
}

// On SVM: an interrupt of the host's that the guest's shadow does not keep away.
internal sealed class HostInterrupts(SoftProcessor cpu) : GuestTimer
{
    public override bool IsActive => cpu.Apic.Remaining != ulong.MaxValue;

    public override bool HasExpired => cpu.Svm.IsInterruptDue;

    public override ulong Remaining => cpu.Apic.Remaining;

    public override GuestExit Exit => Exits.ExternalInterrupt(null);
}
