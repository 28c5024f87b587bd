// RDMSR and WRMSR that exit. Short half: the MSRs of the local APIC, and #GP for those that do not exist. Long half:
// the policy's row says what they do. SDM 2B RDMSR, 2D WRMSR. A guest whose configuration intercepts more than needed
// sees no difference: what the VMCS holds is read and written there.
namespace MinusOne.Hv.Exits.Msrs;

internal static unsafe class MsrExits
{
    private const uint EndOfInterrupt = (uint)Msr.X2ApicBase + 0xB;
    private const uint SelfIpi = (uint)Msr.X2ApicBase + 0x3F;

    public static Verdict ShortRead(Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        if ((uint)vcpu->Registers.Rcx != (uint)Msr.ApicBase)
        {
            return ShortReadApic(vm, vcpu);
        }

        ulong value = vm->Board.Apic->Base;
        vcpu->Registers.Rax = (uint)value;
        vcpu->Registers.Rdx = value >> 32;
        return ShortPath.Done(vm, vcpu, ExitReason.Rdmsr, Verdict.Advance);
    }

    public static Verdict ShortWrite(Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        uint msr = (uint)vcpu->Registers.Rcx;
        ulong value = (vcpu->Registers.Rdx << 32) | (uint)vcpu->Registers.Rax;

        // Most writes are one of these two. Only a PC has an APIC that can be in this mode.
        if ((msr == EndOfInterrupt && value == 0) || (msr == SelfIpi && value <= byte.MaxValue))
        {
            return vm->Board.Apic->Mode == ApicMode.X2Apic ? Interrupt(vm, vcpu, msr, (uint)value) : Verdict.Refused;
        }

        return ShortWriteApic(vm, vcpu, msr, value);
    }

    public static Verdict Read(Vm* vm, Vcpu* vcpu)
    {
        ref GuestRegisters registers = ref vcpu->Registers;
        if (TryReadApic(vm, vcpu))
        {
            return Verdict.Advance;
        }

        if (!TryRead(vcpu, (uint)registers.Rcx, out ulong value))
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
        return TryWriteApic(vm, vcpu, msr, value) || TryWrite(vm, vcpu, msr, value)
            ? Verdict.Advance
            : Exceptions.GeneralProtection(vm, vcpu);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Verdict ShortReadApic(Vm* vm, Vcpu* vcpu) =>
        TryReadApic(vm, vcpu)
            ? ShortPath.DoneUnlessDue(vm, vcpu, ExitReason.Rdmsr, Verdict.Advance)
            : MsrPolicy.Find((uint)vcpu->Registers.Rcx).Read == MsrRead.Fault
                && ShortPath.TryGeneralProtection(vm, vcpu)
                ? ShortPath.Done(vm, vcpu, ExitReason.Rdmsr, Verdict.Resume)
                : Verdict.Refused;

    // The local APIC's own. False: it is another, or #GP(0).
    private static bool TryReadApic(Vm* vm, Vcpu* vcpu)
    {
        uint msr = (uint)vcpu->Registers.Rcx;
        ulong value = vm->Board.Apic->TscDeadline;
        if (!vm->Board.IsPc || (msr != (uint)Msr.TscDeadline
            && !(ApicAccess.IsMsr(msr) && ApicAccess.TryReadMsr(&vm->Board, msr, out value))))
        {
            return false;
        }

        vcpu->Registers.Rax = (uint)value;
        vcpu->Registers.Rdx = value >> 32;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryWriteApic(Vm* vm, Vcpu* vcpu, uint msr, ulong value)
    {
        if (msr == (uint)Msr.TscDeadline && vm->Board.IsPc)
        {
            ApicAccess.SetTscDeadline(&vm->Board, value, Backend.TscOffset(vcpu));
            return true;
        }

        return ApicAccess.IsMsr(msr) && vm->Board.IsPc && ApicAccess.TryWriteMsr(&vm->Board, msr, value);
    }

    // Apart from the others, which then need few registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Verdict ShortWriteApic(Vm* vm, Vcpu* vcpu, uint msr, ulong value) =>
        TryWriteApic(vm, vcpu, msr, value)
            ? ShortPath.DoneUnlessDue(vm, vcpu, ExitReason.Wrmsr, Verdict.Advance)
            : MsrPolicy.Find(msr).Write == MsrWrite.Fault && ShortPath.TryGeneralProtection(vm, vcpu)
                ? ShortPath.Done(vm, vcpu, ExitReason.Wrmsr, Verdict.Resume)
                : Verdict.Refused;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Verdict Interrupt(Vm* vm, Vcpu* vcpu, uint msr, uint vector)
    {
        if (msr == SelfIpi)
        {
            return ToSelf(vm, vcpu, vector);
        }

        ApicAccess.EndInterrupt(&vm->Board);
        return ShortPath.DoneUnlessDue(vm, vcpu, ExitReason.Wrmsr, Verdict.Advance);
    }

    // WRMSR of the self-IPI register, in x2APIC mode. Mostly the guest takes its interrupt at once.
    private static Verdict ToSelf(Vm* vm, Vcpu* vcpu, uint vector)
    {
        bool takesInterrupts = (GuestState.Rflags & Rflags.InterruptEnable) != 0;
        if (takesInterrupts && vm->Board.Alarm == GuestClock.Never && !vm->Board.Apic->Interrupt
            && Backend.TryAdvance())
        {
            if (vm->Board.Apic->TryServe(vector))
            {
                ShortPath.Inject(vm, vcpu, ExitReason.Wrmsr, vector);
                return Verdict.Resume;
            }

            ApicAccess.SendToSelf(&vm->Board, vector);
            return Verdict.ResumeInLoop;
        }

        ApicAccess.SendToSelf(&vm->Board, vector);
        return ShortPath.DoneUnlessDue(vm, vcpu, ExitReason.Wrmsr, Verdict.Advance);
    }

    // False: #GP(0).
    public static bool TryRead(Vcpu* vcpu, uint msr, out ulong value)
    {
        ref readonly MsrRule rule = ref MsrPolicy.Find(msr);
        value = rule.Value;
        switch (rule.Read)
        {
            case MsrRead.Value: return true;
            case MsrRead.Field:
                value = GuestState.Kept((KeptMsr)rule.Value);
                return true;
            case MsrRead.Register:
                fixed (ulong* to = &value)
                {
                    return Cpu.TryReadMsr(msr, to);
                }

            case MsrRead.Stored:
                value ^= Vm.Of(vcpu)->Msrs[MsrPolicy.StoreOf(msr)];
                return true;
            case MsrRead.TscAdjust:
                value = vcpu->TscAdjust;
                return true;
            case MsrRead.TimeStamp:
                value = TimeStampExits.Now(vcpu);
                return true;
            case MsrRead.ApicBase:
                value = Vm.Of(vcpu)->Board.Apic->Base;
                return true;
            default: return false;
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
            case MsrWrite.Ignore: return true;
            case MsrWrite.Field:
                GuestState.Keep((KeptMsr)rule.Value, value);
                return true;
            case MsrWrite.Register: return VcpuSwitch.TrySetMsr(vcpu, msr, value);
            case MsrWrite.TimeStamp:
                TimeStampExits.Set(vm, vcpu, value);
                return true;
            case MsrWrite.TscAdjust:
                TimeStampExits.Move(vm, vcpu, value - vcpu->TscAdjust);
                return true;
            case MsrWrite.Range when !MsrValues.IsRange(msr, value, RegisterLimits.Read().PhysicalAddressBits):
                return false;
            case MsrWrite.Stored or MsrWrite.Range:
                vm->Msrs[MsrPolicy.StoreOf(msr)] = value ^ rule.Value;
                return true;
            case MsrWrite.Kvm:
                ulong start = vm->Board.Clock.Origin + Backend.TscOffset(vcpu);
                return KvmMsrs.TryWrite(&vm->Board, &vm->Memory, msr, value, start, vm->Machine->TscHertz);
            case MsrWrite.ApicBase: return TryWriteApicBase(vm, vcpu, value);
            case MsrWrite.Efer: return TryWriteEfer(vm, vcpu, value);
            default: return false;
        }
    }

    private static bool TryWriteApicBase(Vm* vm, Vcpu* vcpu, ulong value)
    {
        if (!MsrValues.IsApicBaseAllowed(
            vm->Board.Apic->Base, value, RegisterLimits.Read().PhysicalAddressBits, hasX2Apic: vm->Board.IsPc))
        {
            return false;
        }

        ulong window = vm->Board.Apic->Window;
        vm->Board.Apic->SetBase(value);
        ApicAccess.Follow(&vm->Board, window, vm->Board.Apic->Window);
        InterruptRouting.Refresh(&vm->Board);
        Deadlines.ApicChanged(&vm->Board);
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
