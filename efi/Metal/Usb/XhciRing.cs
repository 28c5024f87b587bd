// What a controller is told and what it answers: blocks of sixteen bytes in rings of a page. A bit in each, which turns
// with every round, says whose the block is. xHCI specification 1.2, 4.9 TRB Ring, 6.4 Transfer Request Block (TRB).

using System.Threading;

namespace MinusOne.Efi.Metal.Usb;

internal struct TransferBlock
{
    public ulong Parameter;
    public uint Status;
    public uint Control;

    public readonly BlockKind Kind => (BlockKind)((Control >> 10) & 0x3F);

    public readonly CompletionCode Code => (CompletionCode)(Status >> 24);

    // What was left of a transfer's length.
    public readonly uint Residue => Status & 0xFF_FFFF;

    public readonly uint Slot => Control >> 24;

    public readonly uint Endpoint => (Control >> 16) & 0x1F;
}

internal enum BlockKind : uint
{
    Normal = 1,
    Setup = 2,
    Data = 3,
    StatusStage = 4,
    Link = 6,
    EnableSlot = 9,
    DisableSlot = 10,
    AddressDevice = 11,
    ConfigureEndpoint = 12,
    EvaluateContext = 13,
    ResetEndpoint = 14,
    StopEndpoint = 15,
    SetDequeue = 16,
    TransferEvent = 32,
    CommandEvent = 33,
    PortEvent = 34,
}

internal enum CompletionCode : uint
{
    // No answer came.
    None = 0,
    Success = 1,
    Stall = 6,
    ShortPacket = 13,
}

internal unsafe struct XhciRing
{
    public const int Blocks = 256;
    private const uint Cycle = 1;
    private const uint Toggle = 2;
    private const int KindShift = 10;

    private TransferBlock* _first;
    private int _next;
    private uint _cycle;

    public readonly ulong Start => (ulong)_first;

    // Where the controller goes on if it is told to, with the bit that it looks for.
    public readonly ulong Position => (ulong)(_first + _next) | _cycle;

    // The page is empty.
    public void Begin(byte* page)
    {
        _first = (TransferBlock*)page;
        _next = 0;
        _cycle = Cycle;
    }

    // Answers where it stands: the event names that address.
    public ulong Put(BlockKind kind, ulong parameter, uint status, uint flags)
    {
        TransferBlock* block = _first + _next;
        block->Parameter = parameter;
        block->Status = status;
        Volatile.Write(ref block->Control, ((uint)kind << KindShift) | flags | _cycle);
        if (++_next == Blocks - 1)
        {
            TransferBlock* link = _first + _next;
            link->Parameter = (ulong)_first;
            link->Status = 0;
            Volatile.Write(ref link->Control, ((uint)BlockKind.Link << KindShift) | Toggle | _cycle);
            _next = 0;
            _cycle ^= Cycle;
        }

        return (ulong)block;
    }
}

// The ring that the controller writes, and we read.
internal unsafe struct XhciEvents
{
    private const uint Cycle = 1;
    private const ulong Busy = 1 << 3;

    private TransferBlock* _first;
    private int _next;
    private uint _cycle;

    public readonly ulong Start => (ulong)_first;

    // Written to the controller: up to here all was read.
    public readonly ulong Pointer => (ulong)(_first + _next) | Busy;

    // The page is empty.
    public void Begin(byte* page)
    {
        _first = (TransferBlock*)page;
        _next = 0;
        _cycle = Cycle;
    }

    public bool TryTake(out TransferBlock block)
    {
        block = default;
        uint control = Volatile.Read(ref _first[_next].Control);
        if ((control & Cycle) != _cycle)
        {
            return false;
        }

        block = _first[_next];
        if (++_next == XhciRing.Blocks)
        {
            _next = 0;
            _cycle ^= Cycle;
        }

        return true;
    }
}
