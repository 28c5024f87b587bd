// MOV DR, where a configuration or a debugger wants to see it. SDM 3B 19.2 Debug Registers, SDM 3C 27.1.3 (it takes
// priority over the checks that are made here).
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class DebugRegisterExits
{
    private const ulong Dr7Writable = 0xFFFF_2BFF;
    private const int Status = 6;
    private const int Control = 7;

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        DebugRegisterAccess access = Operands(vm);
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
            DebugRegisters.RecordCause((ulong)Dr6.DebugRegisterAccess);
            DebugRegisters.EnterHandler();
            GuestState.Rflags |= Rflags.Resume;
            return Exceptions.Raise(vm, vcpu, ExceptionVector.Debug);
        }

        if (access.IsRead)
        {
            ulong value = register == Control ? control
                : register == Status ? GuestState.Dr6
                : Cpu.ReadDebugRegister(register);
            GuestMode.WriteRegister(vcpu, access.Register, value, GuestMode.Is64Bit ? 8 : 4);
            return Verdict.Advance;
        }

        return Write(vm, vcpu, register, GuestMode.ReadRegister(vcpu, access.Register));
    }

    public static DebugRegisterAccess Operands(Vm* vm) =>
        ExitFacts.TellsOperands ? ExitFacts.DebugRegister : ExitInstruction.DebugRegister(vm);

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
        else if (register == Status)
        {
            GuestState.Dr6 = value;
        }
        else
        {
            Cpu.WriteDebugRegister(register, value);
        }

        return Verdict.Advance;
    }
}
