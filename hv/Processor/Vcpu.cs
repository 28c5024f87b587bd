// A virtual processor: the registers hardware leaves to us, its VMCS, the control words in effect, and the events on
// their way to it. Enter is the pull side of the run loop: it enters the guest once and comes back with what the exit
// was.

namespace MinusOne.Hv.Processor;

internal unsafe struct Vcpu
{
    // The stubs expect it first.
    public GuestRegisters Registers;

    public ControlWords Controls;
    public PendingEvents Events;
    public Progress Progress;
    public Hpa Region;
    public ushort Vpid;

    // Events handed to VM entries.
    public ulong Injected;

    public LocalApic Apic;
    public Hpa ApicPage;

    // Its VMCS says so: LocalApic.IsOpen.
    public bool IsApicOpen;

    // The guest it belongs to, which of its processors it is, counted from 0, and its place in the scheduler, if any.
    public Vm* Vm;
    public uint Index;
    public int Slot;

    // What was sent to start or stop it, where it begins, and that it has not begun there yet: ProcessorStart.cs.
    public StartSignals Signals;
    public byte StartVector;
    public bool MustStart;

    // What it has had of the processor in its former places there.
    public SliceAccount Account;

    // It has halted with its interrupts off.
    public bool IsDeaf;

    // What stays in the processor while the host runs, if another runs there: VcpuSwitch. The area is XSAVE's; its
    // components are all that a guest may have.
    public Hpa StateArea;
    public ulong States;
    public ulong Xcr0;
    public ulong Cr2;

    // DR0-3 and DR6.
    public fixed ulong Debug[5];
    public fixed ulong Msrs[6];

    // What the short path of an exit looks up.
    public PreparedLeaves Leaves;
    public HotPorts HotPorts;
    public MemorySites Sites;

    // Makes this the processor's current VMCS.
    public bool TryLoad() => VmxBackend.TryLoad((Vcpu*)Unsafe.AsPointer(ref this));

    // Injects what is due, enters, and returns when the guest exits or the processor refuses.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VmxResult Enter(Vm* vm)
    {
        if ((Events.Pending & ~EventKinds.Watched) != EventKinds.None)
        {
            if (!(Apic.IsUntold && VirtualInterrupts.TryTell(vm, vm->Vcpu))
                && Injection.Prepare(ref Events, ref Controls, vm))
            {
                Injected++;
                Progress.Moved();
            }
        }

        if (vm->HeldUntil != 0)
        {
            Deadlines.HoldBack(vm);
        }

        fixed (GuestRegisters* registers = &Registers)
        {
            VmxResult result = VmxCpu.Enter(registers);
            if (result == VmxResult.Succeed)
            {
                registers->Launched = 1;
            }

            return result;
        }
    }
}
