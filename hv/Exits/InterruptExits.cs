// External interrupts that came while the guest ran: they are the host's. With "acknowledge interrupt on exit" the exit
// names the vector. Without, the interrupt is still waiting in the local APIC; it is taken by turning the control on
// for one more entry, which exits before the guest runs. SDM 3C 26.6.1 Pin-Based VM-Execution Controls, 29.2.2.

namespace MinusOne.Hv.Exits;

internal static unsafe class InterruptExits
{
    public static Verdict Arrived(Vm* vm, Vcpu* vcpu)
    {
        Injection.RecordInterruptedDelivery(vcpu);
        var information = ExitFacts.Event;
        if (!information.IsValid)
        {
            Backend.AcknowledgeInterrupts(vcpu, always: true);
            return Verdict.Resume;
        }

        Backend.AcknowledgeInterrupts(vcpu, always: false);
        Cpu.WriteApic((uint)ApicRegister.EndOfInterrupt, 0);
        return Verdict.Resume;
    }
}
