// IN and OUT. SDM 3C 28.2.1 Basic VM-Exit Information, table Exit Qualification for I/O Instructions.

namespace MinusOne.Hv.Exits;

internal static unsafe class PortExits
{
    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        var access = new IoQualification(ExitFacts.Qualification);
        if (access.IsString)
        {
            return PortStrings.Transfer(vm, vcpu, access);
        }

        ref ulong rax = ref vcpu->Registers.Rax;
        ulong mask = uint.MaxValue >> (32 - (8 * access.Size));
        if (access.IsIn)
        {
            // A byte or word goes into its part of the register, a dword clears the upper half.
            ulong value = Board.In(vm, access.Port, access.Size) & mask;
            rax = access.Size == 4 ? value : (rax & ~mask) | value;
        }
        else
        {
            Board.Out(vm, access.Port, access.Size, (uint)(rax & mask));
        }

        return vm->End == GuestEnd.None ? Verdict.Advance : Verdict.End;
    }
}
