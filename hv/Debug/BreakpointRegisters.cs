// Debug registers for a debugger's breakpoints. While guests run they stand in the place of the guest's own, which are
// kept here and shown to it by every MOV DR; while guests stand still the guest's are back. SDM 3B 19.2 Debug
// Registers.
namespace MinusOne.Hv.Debug;

internal unsafe struct BreakpointRegisters
{
    private const int Words = 6;
    private const int Control = 4, Status = 5;
    private const ulong ResetStatus = 0xFFFF_0FF0;
    private const ulong Conditions = 0xF;

    // What a guest's own single step, task switch or MOV DR leaves in DR6.
    private const ulong OwnCauses = 0xE000;

    // DR0-3, DR7, DR6 of the guest's, by the processor's place in the scheduler, and whose they are; 0: nobody's.
    private fixed ulong _own[Scheduler.Most * Words];
    private fixed ulong _owner[Scheduler.Most];

    public readonly bool IsIn(Vcpu* vcpu) => vcpu->Slot != Vcpu.NoSlot && _owner[vcpu->Slot] == (ulong)vcpu;

    // The guest goes, and what it had in registers with it.
    public void Forget(Vm* vm)
    {
        for (int slot = 0; slot < Scheduler.Most; slot++)
        {
            for (int i = 0; i < vm->VcpuCount; i++)
            {
                _owner[slot] = _owner[slot] == (ulong)vm->At(i) ? 0 : _owner[slot];
            }
        }
    }

    // The processor, which is loaded, has been reset: its own registers are as that has left them.
    public void Renew(Vcpu* vcpu, ref Breakpoints breakpoints)
    {
        _owner[vcpu->Slot] = 0;
        Set(vcpu, ref breakpoints);
    }

    // The processor is the one that is loaded.
    public void Set(Vcpu* vcpu, ref Breakpoints breakpoints)
    {
        int count = breakpoints.RegistersOf(Vm.Of(vcpu)->Number);
        if (count == 0 || vcpu->Slot == Vcpu.NoSlot || IsIn(vcpu))
        {
            return;
        }

        fixed (ulong* own = &_own[vcpu->Slot * Words])
        {
            Cpu.ReadDebugRegisters(own);
            own[Control] = GuestState.Dr7;
            own[Status] = GuestState.Dr6;
        }

        ulong control = (ulong)Dr7.Reset;
        for (int i = 0; i < count; i++)
        {
            ref Breakpoint one = ref breakpoints[breakpoints.InRegister(Vm.Of(vcpu)->Number, i)];
            Cpu.WriteDebugRegister(i, one.Address);
            control |= 2UL << (2 * i);
            control |= ConditionOf(one) << (16 + (4 * i));
        }

        Backend.ArmBreakpoints(control);
        GuestState.Dr6 = ResetStatus;
        _owner[vcpu->Slot] = (ulong)vcpu;
    }

    public void Lift(Vcpu* vcpu)
    {
        if (!IsIn(vcpu))
        {
            return;
        }

        _owner[vcpu->Slot] = 0;
        fixed (ulong* own = &_own[vcpu->Slot * Words])
        {
            for (int i = 0; i < Breakpoints.DebugRegisterCount; i++)
            {
                Cpu.WriteDebugRegister(i, own[i]);
            }

            Backend.ArmBreakpoints((ulong)Dr7.Reset);
            GuestState.Dr7 = own[Control];
            GuestState.Dr6 = own[Status] | (GuestState.Dr6 & OwnCauses);
        }
    }

    // Which of them an exit is about, counted from 0; -1: none of ours.
    public readonly int Met(Vcpu* vcpu, ulong causes) =>
        !IsIn(vcpu) || (causes & Conditions) == 0 ? -1 : BitOperations.TrailingZeroCount(causes & Conditions);

    // The condition and the length, as DR7 has them: 0 execution, 1 writes, 3 both; the length of 8 bytes is 2.
    private static ulong ConditionOf(in Breakpoint one) => one.Kind switch
    {
        BreakpointKind.Software or BreakpointKind.Hardware => 0,
        BreakpointKind.Write => 1UL | LengthOf(one.Bytes),
        _ => 3UL | LengthOf(one.Bytes),
    };

    private static ulong LengthOf(int bytes) => (bytes == 8 ? 2UL : (ulong)bytes - 1) << 2;
}
