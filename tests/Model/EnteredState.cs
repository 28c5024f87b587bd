// What the hypervisor left in the guest's state for an entry.
namespace MinusOne.Tests.Model;

internal readonly struct EnteredState
{
    private const uint Valid = 1u << 31;

    public EnteredState(SoftVmcs vmcs)
    {
        Rip = vmcs[VmcsNatural.GuestRip];
        Rflags = vmcs[VmcsNatural.GuestRflags];
        Blocking = vmcs[Vmcs32.GuestInterruptibilityState];
        HasStepOrEvent = (vmcs[VmcsNatural.GuestPendingDebugExceptions] & PendingDebugExceptions.Step) != 0
            || (vmcs[Vmcs32.EntryInterruptionInformation] & Valid) != 0;
    }

    public ulong Rip { get; }

    public ulong Rflags { get; }

    public uint Blocking { get; }

    public bool HasStepOrEvent { get; }
}
