// An operand of up to 8 bytes in guest memory, found and allowed: in one piece, or in two if it crosses a page. A piece
// is RAM at a host address, or belongs to a device of the board.
namespace MinusOne.Hv.Exits.Emulate.Space;

internal unsafe struct GuestOperand
{
    private const ulong PageMask = 0xFFF;

    public int Bytes;

    // Bytes of the first piece.
    public int FirstBytes;
    public GuestPiece First;
    public GuestPiece Second;

    // How many elements of a string lie in the same page from here on: a processor would find it in its TLB. Of what is
    // not RAM, or lies in two pages, this one alone.
    public readonly ulong Run(Gva address, bool isDown)
    {
        ulong offset = address.Value & PageMask;
        return First.Host == null || FirstBytes != Bytes ? 1
            : isDown ? (offset / (uint)Bytes) + 1
            : (PageMask + 1 - offset) / (uint)Bytes;
    }

    public readonly ulong Read(Vm* vm)
    {
        ulong value = First.Read(vm, FirstBytes);
        return FirstBytes == Bytes ? value : value | (Second.Read(vm, Bytes - FirstBytes) << (8 * FirstBytes));
    }

    public readonly void Write(Vm* vm, ulong value)
    {
        First.Write(vm, FirstBytes, value);
        if (FirstBytes != Bytes)
        {
            Second.Write(vm, Bytes - FirstBytes, value >> (8 * FirstBytes));
        }
    }
}

internal unsafe struct GuestPiece
{
    public Gpa Address;

    // Null: a device's, or nobody's, which the board answers as well.
    public byte* Host;
    public bool IsNobodys;

    public readonly ulong Read(Vm* vm, int bytes)
    {
        if (Host == null)
        {
            return vm->Board.ReadMemory(Address, bytes);
        }

        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= (ulong)Host[i] << (8 * i);
        }

        return value;
    }

    public readonly void Write(Vm* vm, int bytes, ulong value)
    {
        if (Host == null)
        {
            vm->Board.WriteMemory(Address, bytes, value & (ulong.MaxValue >> (64 - (8 * bytes))));
            return;
        }

        for (int i = 0; i < bytes; i++)
        {
            Host[i] = (byte)(value >> (8 * i));
        }
    }
}

// The memory operand of an instruction that exited with instruction information: the information names the
// registers and the segment, the exit qualification is the displacement (with RIP in it where the operand is relative
// to RIP). SDM 3C 29.2.5 Information for VM Exits Due to Instruction Execution.
internal static unsafe class InstructionOperand
{
    public static Gva Address(Vcpu* vcpu, in GuestSpace space, ExitOperand operand)
    {
        ulong offset = ExitFacts.Displacement;
        offset += operand.HasBase ? GuestMode.ReadRegister(vcpu, operand.BaseRegister) : 0;
        offset += operand.HasIndex ? GuestMode.ReadRegister(vcpu, operand.IndexRegister) << operand.ScaleShift : 0;
        offset = operand.AddressSize switch
        {
            AddressSize.Bits16 => (ushort)offset,
            AddressSize.Bits32 => (uint)offset,
            _ => offset,
        };
        return space.Linear(operand.Segment, offset);
    }
}
