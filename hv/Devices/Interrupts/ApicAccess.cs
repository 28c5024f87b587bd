// A guest's accesses to its local APIC, by MSR or by memory: the same registers. What leaves the APIC (commands, the
// end of a level-triggered interrupt) is passed on here. SDM 3A 12.12.1.2 x2APIC Register Address Space, 12.4.1.

namespace MinusOne.Hv.Devices.Interrupts;

internal static unsafe class ApicAccess
{
    private const uint LastMsr = (uint)Msr.X2ApicBase + 0x3F;
    private const uint ToSelf = 1, ToAll = 2, ToOthers = 3;
    private const uint FirstVector = 16;

    // INIT with level 0 and trigger mode level only sets arbitration ids, which nothing has any more.
    private const uint Deassert = (1u << 15) | ((uint)DeliveryMode.Init << 8);
    private const uint DeassertBits = Deassert | (7u << 8) | (1u << 14);

    public static bool IsMsr(uint msr) => msr is (>= (uint)Msr.X2ApicBase and <= LastMsr) or (uint)Msr.TscDeadline;

    // False: #GP(0).
    public static bool TryReadMsr(Vm* vm, Vcpu* vcpu, uint msr, out ulong value)
    {
        ref LocalApic apic = ref vcpu->Apic;
        if (msr == (uint)Msr.TscDeadline)
        {
            value = apic.TscDeadline;
            return true;
        }

        ApicRegister register = RegisterOf(msr);
        value = 0;
        if (apic.Mode != ApicMode.X2Apic || !apic.TryRead(register, NowFor(vm, register), out uint low))
        {
            return false;
        }

        value = register == ApicRegister.CommandLow ? apic.Command : low;
        InterruptRouting.Refresh(vm);
        return true;
    }

    // False: #GP(0).
    public static bool TryWriteMsr(Vm* vm, Vcpu* vcpu, uint msr, ulong value)
    {
        ref LocalApic apic = ref vcpu->Apic;
        if (msr == (uint)Msr.TscDeadline)
        {
            SetTscDeadline(vm, vcpu, value);
            return true;
        }

        if (apic.Mode != ApicMode.X2Apic)
        {
            return false;
        }

        switch (RegisterOf(msr))
        {
            case ApicRegister.EndOfInterrupt:
                return value == 0 && EndInterrupt(vm, vcpu);
            case ApicRegister.SelfIpi:
                return value <= byte.MaxValue && SendToSelf(vm, vcpu, (uint)value);
            case ApicRegister.CommandLow:
                return LocalApic.IsCommand(value) && Command(vm, vcpu, value);
            case ApicRegister register:
                return value <= uint.MaxValue && apic.TryWrite(register, (uint)value, NowFor(vm, register))
                    && Changed(vm, register);
        }
    }

    // Registers take aligned accesses of 32 bits; of others, reads give a part of the register, and writes are lost.
    public static ulong ReadMemory(Vm* vm, uint offset, int bytes)
    {
        ref LocalApic apic = ref vm->Vcpu->Apic;
        if (!apic.IsInMemory)
        {
            return ulong.MaxValue >> (64 - (8 * bytes));
        }

        var register = (ApicRegister)(offset & ~0xFu);
        if (!apic.TryRead(register, NowFor(vm, register), out uint value) && register != ApicRegister.EndOfInterrupt)
        {
            apic.NoteIllegalRegister();
        }

        InterruptRouting.Refresh(vm);
        return (offset & 0xF) < 4 ? value >> (int)(8 * (offset & 3)) : 0;
    }

    public static void WriteMemory(Vm* vm, uint offset, int bytes, uint value)
    {
        Vcpu* vcpu = vm->Vcpu;
        if (!vcpu->Apic.IsInMemory || bytes != 4 || (offset & 0xF) != 0)
        {
            return;
        }

        switch ((ApicRegister)offset)
        {
            case ApicRegister.EndOfInterrupt:
                EndInterrupt(vm, vcpu);
                break;
            case ApicRegister.CommandLow:
                Command(vm, vcpu, (vcpu->Apic.Command & ~(ulong)uint.MaxValue) | value);
                break;
            case ApicRegister register:
                if (!vcpu->Apic.TryWrite(register, value, NowFor(vm, register)))
                {
                    vcpu->Apic.NoteIllegalRegister();
                }

                Changed(vm, register);
                break;
        }
    }

    private static ApicRegister RegisterOf(uint msr) => (ApicRegister)((msr - (uint)Msr.X2ApicBase) << 4);

    // Only the timer's registers ask for the time.
    private static ulong NowFor(Vm* vm, ApicRegister register) => register >= ApicRegister.LvtTimer ? vm->Board.Now : 0;

    // Those before the spurious-vector register have nothing to do with the timer.
    private static bool Changed(Vm* vm, ApicRegister register)
    {
        InterruptRouting.Refresh(vm);
        if (register >= ApicRegister.SpuriousVector)
        {
            Deadlines.ApicChanged(vm);
        }

        return true;
    }

    public static bool EndInterrupt(Vm* vm, Vcpu* vcpu)
    {
        if (!vcpu->Apic.HasInService || vcpu->Apic.TryEndOnly())
        {
            return true;
        }

        if (vcpu->Apic.EndInterrupt(out byte vector))
        {
            InterruptRouting.EndLevel(vm, vector);
        }

        InterruptRouting.Refresh(vm);
        return true;
    }

    public static bool SendToSelf(Vm* vm, Vcpu* vcpu, uint vector)
    {
        if (vector < FirstVector)
        {
            vcpu->Apic.NoteIllegalVector();
        }
        else
        {
            vcpu->Apic.Accept(vector, isLevel: false);
        }

        InterruptRouting.Refresh(vm);
        return true;
    }

    // SDM 3A 12.6.1 Interrupt Command Register (ICR).
    private static bool Command(Vm* vm, Vcpu* vcpu, ulong command)
    {
        ref LocalApic apic = ref vcpu->Apic;
        apic.SetCommand(command);
        uint shorthand = (uint)(command >> 18) & 3;
        var message = new InterruptMessage
        {
            Destination = apic.Mode == ApicMode.X2Apic ? (uint)(command >> 32) : (uint)(command >> 56),
            Vector = (byte)command,
            Mode = (DeliveryMode)((command >> 8) & 7),
            IsLogical = (command & (1UL << 11)) != 0,
        };
        if (message.Mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority && message.Vector < FirstVector)
        {
            apic.NoteIllegalVector();
        }
        else if (shorthand == ToSelf)
        {
            InterruptRouting.Deliver(vcpu, in message);
        }
        else if (((uint)command & DeassertBits) != Deassert)
        {
            if (shorthand != 0)
            {
                message.Destination = byte.MaxValue;
                message.IsLogical = false;
            }

            InterruptRouting.Send(vm, in message, shorthand == ToOthers ? vcpu : null);
        }

        InterruptRouting.Refresh(vm);
        return true;
    }

    // The guest has set its TSC: its deadline comes at another time.
    public static void TscChanged(Vm* vm, Vcpu* vcpu)
    {
        if (vcpu->Apic.TscDeadline != 0)
        {
            SetTscDeadline(vm, vcpu, vcpu->Apic.TscDeadline);
        }
    }

    // The deadline is one of the guest's TSC: the host's plus an offset.
    private static void SetTscDeadline(Vm* vm, Vcpu* vcpu, ulong value)
    {
        ulong tsc = value - TscOffset(vcpu);
        ulong at = tsc <= vm->Board.Clock.Origin || tsc > long.MaxValue ? 0 : vm->Board.Clock.Now(tsc);
        at += vm->Board.Clock.TscAt(at) < tsc ? 1UL : 0;
        vcpu->Apic.SetTscDeadline(value, at);
        Deadlines.ApicChanged(vm);
    }

    private static ulong TscOffset(Vcpu* vcpu) => Backend.TscOffset(vcpu);
}
