// IN and OUT of one byte at the chips that guests use all the time: the 8259 pair, and the serial port but for what
// waits for somebody outside.

namespace MinusOne.Hv.Exits.Fast;

internal static unsafe class FastPorts
{
    // Of the qualification: the size less 1, and string.
    private const ulong NotOneByte = 0x17;
    private const ulong In = 0x8;

    public static FastAnswer Access(Vcpu* vcpu)
    {
        Vm* vm = vcpu->Vm;
        ulong access = ExitFacts.Qualification;
        uint place = vcpu->HotPorts.Find((ushort)(access >> 16));
        if (place == 0 || (access & NotOneByte) != 0)
        {
            return FastAnswer.Leave;
        }

        byte* al = (byte*)&vcpu->Registers.Rax;
        uint offset = HotPorts.OffsetOf(place);
        bool isDone = (access & In) != 0
            ? HotBoard.TryRead(vm, HotPorts.DeviceOf(place), offset, al)
            : HotBoard.TryWrite(vm, HotPorts.DeviceOf(place), offset, *al);
        return isDone
            ? FastExits.DoneUnlessDue(vm, vcpu, ExitReason.IoInstruction, FastAnswer.Advance)
            : FastAnswer.Leave;
    }
}
