// IN and OUT. Short half: one byte at the chips that guests use all the time. SDM 3C 28.2.1 Basic VM-Exit Information,
// table Exit Qualification for I/O Instructions.
namespace MinusOne.Hv.Exits;

internal static unsafe class PortExits
{
    // Bits of PortAccess: the size less 1, and string.
    private const ulong NotOneByte = 0x17;
    private const ulong In = 0x8;

    public static Verdict Short(Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        ulong access = ExitFacts.Port.Raw;
        ulong port = access >> 16;
        ulong place = BusRanges.FindShort(vm->Board.ShortPorts, port);
        if (!BusRanges.IsFor(place, port) || (access & NotOneByte) != 0)
        {
            return Verdict.Refused;
        }

        byte* al = (byte*)&vcpu->Registers.Rax;
        uint offset = (ushort)(place >> BusRanges.OffsetShift);
        bool isDone = (access & In) != 0
            ? TryRead(&vm->Board, (ShortChip)place, offset, al)
            : TryWrite(&vm->Board, (ShortChip)place, offset, *al);
        return isDone
            ? ShortPath.DoneUnlessDue(vm, vcpu, ExitReason.IoInstruction, Verdict.Advance)
            : Verdict.Refused;
    }

    // Each case is what the chip's long counterpart does, as long as nobody outside is asked. False: nothing was done.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(Board* board, ShortChip chip, uint offset, byte* value)
    {
        switch (chip)
        {
            case ShortChip.Pic:
                *value = InterruptRouting.ReadPic(board, offset);
                return true;
            case ShortChip.Serial when !SerialAccess.IsOutside(board, offset):
                *value = SerialAccess.ReadPort(board, offset);
                return true;
            default:
                return false;
        }
    }

    // The run loop says whose line it is if several share the console.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryWrite(Board* board, ShortChip chip, uint offset, byte value)
    {
        switch (chip)
        {
            case ShortChip.Pic:
                InterruptRouting.WritePic(board, offset, value);
                return true;
            case ShortChip.Serial when offset != SerialAccess.Data:
                SerialAccess.WriteControl(board, offset, value);
                return true;
            case ShortChip.Serial when board->HasOwnLine && board->Serial.IsOpen && Host.TryPut(value):
                SerialAccess.NoteSent(board);
                return true;
            default:
                return false;
        }
    }

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        PortAccess access = ExitFacts.Port;

        // The console is slower than a guest that prints. Where others share it, they run meanwhile, and the OUT is
        // executed again.
        if (!access.IsIn && !vm->Board.HasOwnLine && Host.IsCongested())
        {
            Host.Pump();
            vm->Leaving = TurnEnd.Yields;
            return Verdict.Resume;
        }

        if (access.IsString)
        {
            return PortStrings.Transfer(vm, vcpu, access);
        }

        DebugRegisters.Report(DebugRegisters.Met(access));
        ref ulong rax = ref vcpu->Registers.Rax;
        ulong mask = uint.MaxValue >> (32 - (8 * access.Size));
        if (access.IsIn)
        {
            // A byte or word goes into its part of the register, a dword clears the upper half.
            ulong value = vm->Board.In(access.Port, access.Size) & mask;
            rax = access.Size == 4 ? value : (rax & ~mask) | value;
        }
        else
        {
            vm->Board.Out(access.Port, access.Size, (uint)(rax & mask));
        }

        return vm->End == GuestEnd.None ? Verdict.Advance : Verdict.End;
    }
}
