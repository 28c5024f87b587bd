// MOV to and from control registers, CLTS and LMSW. SDM 3C 26.6.6 Guest/Host Masks and Read Shadows for CR0 and CR4.
// Our bits are kept twice: the shadow holds what the guest wrote, the real register what VMX operation and we demand.
// Bits that only a configuration wanted to see are carried out as written. SMSW never exits: it reads the shadow.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class ControlRegisterExits
{
    private const ulong MostPriority = 15;

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        ControlRegisterAccess access = Operands(vm);
        int register = access.ControlRegister;
        return access.Type switch
        {
            CrAccessType.MovToCr => Write(vm, vcpu, register, GuestMode.ReadRegister(vcpu, access.Register)),
            CrAccessType.MovFromCr => Read(vm, vcpu, register, access.Register),
            CrAccessType.Clts => WriteCr0(vm, vcpu, (ulong)(GuestMode.Cr0 & ~Cr0.TaskSwitched)),
            _ => WriteCr0(vm, vcpu, ControlRegisterRules.AfterLmsw(GuestMode.Cr0, access.LmswSource)),
        };
    }

    public static ControlRegisterAccess Operands(Vm* vm) =>
        ExitFacts.TellsOperands ? ExitFacts.ControlRegister : ExitInstruction.ControlRegister(vm);

    private static Verdict Write(Vm* vm, Vcpu* vcpu, int register, ulong value)
    {
        switch (register)
        {
            case 0: return WriteCr0(vm, vcpu, value);
            case 3: return WriteCr3(vm, vcpu, value);
            case 4: return WriteCr4(vm, vcpu, value);
            case 8 when value > MostPriority: return Exceptions.GeneralProtection(vm, vcpu);
            case 8:
                vm->Board.Apic->SetTaskPriority((uint)value << 4);
                InterruptRouting.Refresh(&vm->Board);
                return Verdict.Advance;
            default: return Exceptions.InvalidOpcode(vm, vcpu);
        }
    }

    private static Verdict Read(Vm* vm, Vcpu* vcpu, int register, int destination)
    {
        if (register is not (3 or 4 or 8))
        {
            return Exceptions.InvalidOpcode(vm, vcpu);
        }

        ulong value = register == 3 ? GuestState.Cr3 : register == 4 ? (ulong)GuestMode.Cr4
            : vm->Board.Apic->TaskPriority >> 4;
        GuestMode.WriteRegister(vcpu, destination, value, GuestMode.Is64Bit ? 8 : 4);
        return Verdict.Advance;
    }

    private static Verdict WriteCr0(Vm* vm, Vcpu* vcpu, ulong written)
    {
        ControlState old = GuestMode.Control, next = old;
        if (!ControlRegisterRules.TryCr0(in old, written, out next.Cr0))
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        next.Efer = ControlRegisterRules.EferAfter(old.Efer, next.Cr0);
        Verdict verdict = LoadPdptes(vm, vcpu, in old, in next);
        if (verdict != Verdict.Advance)
        {
            return verdict;
        }

        Backend.SetCr0(vcpu, next.Cr0);
        if (next.IsPaging != old.IsPaging)
        {
            Backend.SetMode(next.Efer);
            Backend.ForgetTranslations(vcpu);
        }

        return Verdict.Advance;
    }

    private static Verdict WriteCr4(Vm* vm, Vcpu* vcpu, ulong written)
    {
        ControlState old = GuestMode.Control, next = old;
        Cr4 supported = Backend.SupportedCr4(vcpu) & ~ControlRegisterRules.HiddenCr4;
        if (!ControlRegisterRules.TryCr4(in old, written, supported, out next.Cr4))
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        Verdict verdict = LoadPdptes(vm, vcpu, in old, in next);
        if (verdict == Verdict.Advance)
        {
            Backend.SetCr4(vcpu, (Cr4)written);
            vm->Board.WatchPorts(vcpu->Index, ((Cr4)written & Cr4.DebuggingExtensions) != 0);
            Backend.ForgetTranslations(vcpu);
        }

        return verdict;
    }

    // Advance: there is nothing to load, or it has been loaded.
    private static Verdict LoadPdptes(Vm* vm, Vcpu* vcpu, in ControlState old, in ControlState next) =>
        ControlRegisterRules.LoadsPdptes(in old, in next) ? PagingTables.Load(vm, vcpu, old.Cr3) : Verdict.Advance;

    // A task switch writes it as well.
    public static Verdict WriteCr3(Vm* vm, Vcpu* vcpu, ulong written)
    {
        ControlState state = GuestMode.Control;
        if (!ControlRegisterRules.TryCr3(in state, written, RegisterLimits.Read().PhysicalAddressBits, out ulong value))
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        Verdict verdict = state.UsesPdptes ? PagingTables.Load(vm, vcpu, value) : Verdict.Advance;
        if (verdict == Verdict.Advance)
        {
            GuestState.Cr3 = value;
            Backend.ForgetTranslations(vcpu);
        }

        return verdict;
    }
}

// XSETBV always exits: a value that the processor would refuse must be refused here, or the host takes the #GP. SDM 2D
// XSETBV.
internal static unsafe class ExtendedStateExits
{
    public static Verdict SetRegister(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        var written = (XsaveStates)((registers.Rdx << 32) | (uint)registers.Rax);
        bool allowed = (uint)registers.Rcx == 0 && GuestMode.Cpl == 0
            && XsaveRules.IsAllowed(written, XsaveRules.Allowed)
            && VcpuSwitch.TrySetXcr0(vcpu, (ulong)written);
        return allowed ? Verdict.Advance : Exceptions.GeneralProtection(vm, vcpu);
    }
}
