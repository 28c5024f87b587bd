// RDMSR of IA32_APIC_BASE, and the local APIC's own MSRs. What would be #GP is left to the run loop.

using MinusOne.Hv.Devices;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastMsrs
{
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
        return MsrExits.IsApic(vm, msr) && ApicAccess.TryWriteMsr(vm, vcpu, msr, value)
            ? FastExits.DoneUnlessDue(vm, vcpu, ExitReason.Wrmsr, FastAnswer.Advance)
            : FastAnswer.Leave;
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
