// The VMX-preemption timer of one entry: it counts down by one each time bit X of the TSC changes, X being in
// VMX_MISC, and stops at zero. SDM 3C 27.5.1 VMX-Preemption Timer.
namespace MinusOne.Tests.Model;

internal sealed class PreemptionTimer : GuestTimer
{
    private readonly SoftProcessor _cpu;
    private readonly int _shift;
    private readonly ulong _start;
    private readonly uint _value;

    public PreemptionTimer(SoftProcessor cpu, SoftVmcs vmcs)
    {
        _cpu = cpu;
        IsActive = vmcs.Has(PinControls.PreemptionTimer);
        _shift = cpu.Vmx.Capabilities.PreemptionTimerShift;
        _start = cpu.Tsc >> _shift;
        _value = IsActive ? vmcs[Vmcs32.PreemptionTimerValue] : 0;
    }

    public override bool IsActive { get; }

    public uint Value
    {
        get
        {
            ulong passed = (_cpu.Tsc >> _shift) - _start;
            return passed >= _value ? 0 : _value - (uint)passed;
        }
    }

    public override bool HasExpired => IsActive && Value == 0;

    public override GuestExit Exit => Exits.PreemptionTimer();

    public override ulong Remaining => !IsActive ? ulong.MaxValue
        : HasExpired ? 0
        : ((_start + _value) << _shift) - _cpu.Tsc;
}
