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

    // To another place of the same page, which a processor would find in its TLB. Only where a segment has no limit and
    // only RAM: false, and where it was, if that has to be looked at.
    public bool TryMove(Gva from, Gva to, CodeSize code)
    {
        if (code != CodeSize.Bits64 || First.Host == null || FirstBytes != Bytes
            || ((from.Value ^ to.Value) & ~PageMask) != 0 || (to.Value & PageMask) + (uint)Bytes > PageMask + 1)
        {
            return false;
        }

        First.Host += (long)(to.Value - from.Value);
        return true;
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
