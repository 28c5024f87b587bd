// Frames for what snapshots hold: of memory that no guest was promised, from the end of all memory downwards, a piece
// at a time. The pool is not asked: guests' tables come from there, and guests larger than it are to be kept as well.
// The first frame of a piece says where it ends and which piece came before it; frames that come back are a chain.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct SnapshotFrames
{
    public const ulong FrameBytes = 4096;

    private const ulong PieceBytes = 1 << 20;

    private readonly Machine* _machine;
    private Piece* _last;

    // Those of the last piece that nobody has had yet, and those that came back.
    private byte* _fresh;
    private byte* _returned;

    // How many there are in all pieces.
    private ulong _held;

    public SnapshotFrames(Machine* machine) => _machine = machine;

    // How many are in use.
    public ulong Used { readonly get; private set; }

    // How many could be in use, with all memory there is for them.
    public readonly ulong Most
    {
        get
        {
            ulong frames = _held;
            foreach (ref readonly PhysicalRange range in _machine->Memory.Ranges)
            {
                Part(range, out ulong start, out ulong end);
                frames += (end - start) / (PieceBytes + FrameBytes) * (PieceBytes / FrameBytes);
            }

            return frames;
        }
    }

    // A clear one; null: there is none.
    public byte* Take()
    {
        byte* frame = _returned;
        if (frame != null)
        {
            _returned = *(byte**)frame;
        }
        else if ((_last != null && _fresh != _last->End) || TryGrow())
        {
            frame = _fresh;
            _fresh += FrameBytes;
        }
        else
        {
            return null;
        }

        Used++;
        Cpu.ClearFrame(frame);
        return frame;
    }

    public void Return(byte* frame)
    {
        *(byte**)frame = _returned;
        _returned = frame;
        Used--;
    }

    // All memory is what it was before.
    public void Release()
    {
        while (_last != null)
        {
            Piece piece = *_last;
            _machine->Memory.TrySet(new Hpa(_last), new Hpa(piece.End), PhysicalKind.Usable);
            _last = piece.Before;
        }

        this = new(_machine);
    }

    private bool TryGrow()
    {
        ReadOnlySpan<PhysicalRange> ranges = _machine->Memory.Ranges;
        for (int i = ranges.Length - 1; i >= 0; i--)
        {
            Part(ranges[i], out ulong start, out ulong end);
            if (end - start < PieceBytes + FrameBytes)
            {
                continue;
            }

            start = end - PieceBytes - FrameBytes;
            if (!_machine->Memory.TrySet(new Hpa(start), new Hpa(end), PhysicalKind.Hypervisor))
            {
                return false;
            }

            var piece = (Piece*)start;
            *piece = new Piece { Before = _last, End = (byte*)end };
            _last = piece;
            _fresh = (byte*)(start + FrameBytes);
            _held += PieceBytes / FrameBytes;
            return true;
        }

        return false;
    }

    // The part of a range that is nobody's, and the host reaches.
    private readonly void Part(in PhysicalRange range, out ulong start, out ulong end)
    {
        end = Math.Min(range.End.Value, _machine->MemoryEnd.Value);
        start = range.Kind == PhysicalKind.Usable ? Math.Max(range.Start.Value, Promised()) : end;
        start = Math.Min(start, end);
    }

    // The end of what guests may have at its own address: those that run, and those that come after them.
    private readonly ulong Promised()
    {
        ulong most = 0;
        for (int i = 0; i < VmSlots.Most; i++)
        {
            VmSlot* slot = VmSlots.Of(_machine)->At(i);
            if (slot->Number == 0)
            {
                continue;
            }

            most = Math.Max(most, GuestSetup.MemoryBytes(&slot->Config, slot->Settings));
            for (ulong next = 0; next < slot->Left; next++)
            {
                most = Math.Max(most, GuestSetup.MemoryBytes(slot->Next + next, slot->Settings));
            }
        }

        return most;
    }

    private struct Piece
    {
        public Piece* Before;
        public byte* End;
    }
}
