// RDMSR and WRMSR that exit: the policy's row says what they do. SDM 2B RDMSR, 2D WRMSR. A guest whose configuration
// intercepts more than needed sees no difference: what the VMCS holds is read and written there.

namespace MinusOne.Hv.Exits;

internal static unsafe class MsrExits
{
    public static Verdict Read(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        uint msr = (uint)registers.Rcx;
        ulong value;
        if (!(IsApic(vm, msr) ? ApicAccess.TryReadMsr(vm, vcpu, msr, out value) : TryRead(vcpu, msr, out value)))
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        registers.Rax = (uint)value;
        registers.Rdx = value >> 32;
        return Verdict.Advance;
    }

    public static Verdict Write(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        ulong value = (registers.Rdx << 32) | (uint)registers.Rax;
        uint msr = (uint)registers.Rcx;
        bool isTaken = IsApic(vm, msr) ? ApicAccess.TryWriteMsr(vm, vcpu, msr, value) : TryWrite(vm, vcpu, msr, value);
        return isTaken ? Verdict.Advance : Exceptions.GeneralProtection(vm, vcpu);
    }

    public static bool IsApic(Vm* vm, uint msr) => ApicAccess.IsMsr(msr) && (vm->Config->Flags & VmFeatures.Pc) != 0;

    // False: #GP(0).
    private static bool TryRead(Vcpu* vcpu, uint msr, out ulong value)
    {
        ref readonly MsrRule rule = ref MsrPolicy.Find(msr);
        value = rule.Value;
        switch (rule.Read)
        {
            case MsrRead.Value:
                return true;
            case MsrRead.Field:
                value = GuestState.Kept((KeptMsr)rule.Value);
                return true;
            case MsrRead.Register:
                fixed (ulong* to = &value)
                {
                    return Cpu.TryReadMsr(msr, to);
                }

            case MsrRead.TimeStamp:
                value = TimeStampExits.Now(vcpu);
                return true;
            case MsrRead.ApicBase:
                value = vcpu->Apic.Base;
                return true;
            default:
                return false;
        }
    }

    private static bool TryWrite(Vm* vm, Vcpu* vcpu, uint msr, ulong value)
    {
        ref readonly MsrRule rule = ref MsrPolicy.Find(msr);
        if (!MsrValues.TryAccept(rule.Check, ref value))
        {
            return false;
        }

        switch (rule.Write)
        {
            case MsrWrite.Ignore:
                return true;
            case MsrWrite.Field:
                GuestState.Keep((KeptMsr)rule.Value, value);
                return true;
            case MsrWrite.Register:
                return Cpu.TryWriteMsr(msr, value);
            case MsrWrite.TimeStamp:
                TimeStampExits.Set(vcpu, value);
                ApicAccess.TscChanged(vm, vcpu);
                return true;
            case MsrWrite.ApicBase:
                return TryWriteApicBase(vm, vcpu, value);
            case MsrWrite.Efer:
                return TryWriteEfer(vm, vcpu, value);
            default:
                return false;
        }
    }

    private static bool TryWriteApicBase(Vm* vm, Vcpu* vcpu, ulong value)
    {
        bool isPc = (vm->Config->Flags & VmFeatures.Pc) != 0;
        if (!MsrValues.IsApicBaseAllowed(
            vcpu->Apic.Base, value, RegisterLimits.Read().PhysicalAddressBits, hasX2Apic: isPc))
        {
            return false;
        }

        vcpu->Apic.SetBase(value);
        InterruptRouting.Refresh(vm);
        Deadlines.ApicChanged(vm);
        return true;
    }

    private static bool TryWriteEfer(Vm* vm, Vcpu* vcpu, ulong value)
    {
        ulong old = (ulong)GuestState.Efer;
        bool isPaging = (GuestState.Cr0 & Cr0.Paging) != 0;
        bool hasExecuteDisable = (RegisterLimits.Read().Efer & Efer.ExecuteDisableEnable) != 0;
        if (!MsrValues.TryEfer(old, value, isPaging, hasExecuteDisable, out ulong efer))
        {
            return false;
        }

        GuestState.Efer = (Efer)efer;
        if (((old ^ efer) & (ulong)Efer.ExecuteDisableEnable) != 0)
        {
            Backend.ForgetTranslations(vcpu);
        }

        return true;
    }
}
