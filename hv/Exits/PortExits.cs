// IN and OUT. Short half: one byte at the chips that guests use all the time. SDM 3C 28.2.1 Basic VM-Exit Information,
// table Exit Qualification for I/O Instructions.

namespace MinusOne.Hv.Exits;

internal static unsafe class PortExits
{
    // Of the qualification: the size less 1, and string.
    private const ulong NotOneByte = 0x17;
    private const ulong In = 0x8;

    public static Verdict Short(Vcpu* vcpu)
    {
        Vm* vm = vcpu->Vm;
        ulong access = ExitFacts.Port.Raw;
        uint place = vcpu->HotPorts.Find((ushort)(access >> 16));
        if (place == 0 || (access & NotOneByte) != 0)
        {
            return Verdict.Refused;
        }

        byte* al = (byte*)&vcpu->Registers.Rax;
        uint offset = HotPorts.OffsetOf(place);
        bool isDone = (access & In) != 0
            ? HotBoard.TryRead(vm, HotPorts.DeviceOf(place), offset, al)
            : HotBoard.TryWrite(vm, HotPorts.DeviceOf(place), offset, *al);
        return isDone
            ? ShortPath.DoneUnlessDue(vm, vcpu, ExitReason.IoInstruction, Verdict.Advance)
            : Verdict.Refused;
    }

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        PortAccess access = ExitFacts.Port;
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
