// A virtual processor: the registers hardware leaves to us, its VMCS, the control words in effect, and the events on their way to
// it. Enter is the pull side of the run loop: it enters the guest once and comes back with what the exit was.

using MinusOne.Hv.Events;
using MinusOne.Hv.Exits;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv;

internal unsafe struct Vcpu
{
    // The stubs expect it first.
    public GuestRegisters Registers;

    public ControlWords Controls;
    public PendingEvents Events;
    public Progress Progress;
    public Hpa VmcsRegion;
    public ushort Vpid;

    // Events handed to VM entries.
    public ulong Injected;

    // What the guest has in registers that it is only shown.
    public ulong ApicBase;
    public ulong Cr8;

    // Makes this the processor's current VMCS.
    public readonly VmxResult Load() => Cpu.VmPtrLoad(VmcsRegion);

    // Injects what is due, enters, and returns when the guest exits or the processor refuses.
    public VmxResult Enter()
    {
        if (!Events.IsEmpty || (Controls.Primary & (PrimaryControls.InterruptWindowExiting | PrimaryControls.NmiWindowExiting)) != 0)
        {
            Injected += Injection.Prepare(ref Events, ref Controls) ? 1UL : 0;
        }

        fixed (GuestRegisters* registers = &Registers)
        {
            VmxResult result = Cpu.Enter(registers);
            if (result == VmxResult.Succeed)
            {
                registers->Launched = 1;
            }

            return result;
        }
    }
}
