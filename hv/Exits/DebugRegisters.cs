// MOV DR where a configuration wants to see it, and the debug registers that VMX does not switch: DR0-DR3 and DR6 hold
// the guest's values while the hypervisor runs. SDM 3B 19.2 Debug Registers, SDM 3C 27.1.3 (MOV DR takes priority over
// the checks that are made here).
namespace MinusOne.Hv.Exits;

internal static unsafe class DebugRegisters
{
    private const ulong Dr7Writable = 0xFFFF_2BFF;
    private const ulong BranchBits = (ulong)(DebugCtl.LastBranchRecord | DebugCtl.SingleStepOnBranches);
    private const int Status = 6;
    private const int Control = 7;

    // A debug exception that exited has not been written to DR6, and not cleared the causes before.
    public static void RecordCause(ulong bits) =>
        Cpu.WriteDebugRegister(Status, (Cpu.ReadDebugRegister(Status) & ~0xFUL) | bits);

    // The handler may use the debug registers, and starts without branch records and block steps.
    public static void EnterHandler()
    {
        GuestState.Dr7 = GuestState.Dr7 & ~(ulong)Dr7.GeneralDetect;
        GuestState.DebugControl = GuestState.DebugControl & ~BranchBits;
    }

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        DebugRegisterAccess access = ExitFacts.DebugRegister;
        if (GuestMode.Cpl != 0)
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        int register = access.DebugRegister;
        if (register is 4 or 5)
        {
            if ((GuestMode.Cr4 & Cr4.DebuggingExtensions) != 0)
            {
                return Exceptions.InvalidOpcode(vm, vcpu);
            }

            register += 2;
        }

        ulong control = GuestState.Dr7;
        if ((control & (ulong)Dr7.GeneralDetect) != 0)
        {
            RecordCause((ulong)Dr6.DebugRegisterAccess);
            EnterHandler();
            GuestState.Rflags |= Rflags.Resume;
            return Exceptions.Raise(vm, vcpu, ExceptionVector.Debug);
        }

        if (access.IsRead)
        {
            ulong value = register == Control ? control : Cpu.ReadDebugRegister(register);
            GuestMode.WriteRegister(vcpu, access.Register, value, GuestMode.Is64Bit ? 8 : 4);
            return Verdict.Advance;
        }

        return Write(vm, vcpu, register, GuestMode.ReadRegister(vcpu, access.Register));
    }

    private static Verdict Write(Vm* vm, Vcpu* vcpu, int register, ulong value)
    {
        if (register >= Status && value > uint.MaxValue)
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        if (register == Control)
        {
            GuestState.Dr7 = (value & Dr7Writable) | (ulong)Dr7.Reset;
        }
        else
        {
            Cpu.WriteDebugRegister(register, value);
        }

        return Verdict.Advance;
    }
}
