// RDMSR of IA32_APIC_BASE, and the local APIC's own MSRs. What would be #GP is left to the run loop.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastMsrs
{
    private const uint EndOfInterrupt = (uint)Msr.X2ApicBase + 0xB;
    private const uint SelfIpi = (uint)Msr.X2ApicBase + 0x3F;

    public static FastAnswer Read(Vcpu* vcpu)
    {
        uint msr = (uint)vcpu->Registers.Rcx;
        Vm* vm = vcpu->Vm;
        if (msr != (uint)Msr.ApicBase)
        {
            return ReadApic(vm, vcpu, msr);
        }

        ulong value = vcpu->Apic.Base;
        vcpu->Registers.Rax = (uint)value;
        vcpu->Registers.Rdx = value >> 32;
        return FastExits.Done(vm, vcpu, ExitReason.Rdmsr, FastAnswer.Advance);
    }

    public static FastAnswer Write(Vcpu* vcpu)
    {
        Vm* vm = vcpu->Vm;
        uint msr = (uint)vcpu->Registers.Rcx;
        ulong value = (vcpu->Registers.Rdx << 32) | (uint)vcpu->Registers.Rax;

        // Most writes are one of these two. Only a PC has an APIC that can be in this mode.
        if ((msr == EndOfInterrupt && value == 0) || (msr == SelfIpi && value <= byte.MaxValue))
        {
            return vcpu->Apic.Mode == ApicMode.X2Apic
                ? Interrupt(vm, vcpu, msr, (uint)value)
                : FastAnswer.Leave;
        }

        return WriteApic(vm, vcpu, msr, value);
    }

    // Apart from the others, which then need few registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static FastAnswer WriteApic(Vm* vm, Vcpu* vcpu, uint msr, ulong value) =>
        MsrExits.IsApic(vm, msr) && ApicAccess.TryWriteMsr(vm, vcpu, msr, value)
            ? FastExits.DoneUnlessDue(vm, vcpu, ExitReason.Wrmsr, FastAnswer.Advance)
            : FastAnswer.Leave;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FastAnswer Interrupt(Vm* vm, Vcpu* vcpu, uint msr, uint vector)
    {
        if (msr == EndOfInterrupt)
        {
            ApicAccess.EndInterrupt(vm, vcpu);
        }
        else
        {
            return FastInterrupts.ToSelf(vm, vcpu, vector);
        }

        return FastExits.DoneUnlessDue(vm, vcpu, ExitReason.Wrmsr, FastAnswer.Advance);
    }

    private static FastAnswer ReadApic(Vm* vm, Vcpu* vcpu, uint msr)
    {
        if (!MsrExits.IsApic(vm, msr) || !ApicAccess.TryReadMsr(vm, vcpu, msr, out ulong value))
        {
            return FastAnswer.Leave;
        }

        vcpu->Registers.Rax = (uint)value;
        vcpu->Registers.Rdx = value >> 32;
        return FastExits.DoneUnlessDue(vm, vcpu, ExitReason.Rdmsr, FastAnswer.Advance);
    }
}
