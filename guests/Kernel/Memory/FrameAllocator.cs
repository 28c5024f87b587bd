// Physical memory in frames of 4 KiB, each with a count of its users: pages shared after a fork are freed by the last.
// Frames that were never used are taken in order, so that memory nobody needs is never touched; returned ones form a
// list through their own first bytes. Addresses outside the area are nobody's to free: the image, the common page of
// zeros.
namespace MinusOne.Guests.Kernel.Memory;

internal unsafe struct FrameAllocator
{
    public const int FrameBytes = 4096;

    private byte* _memory;
    private ushort* _users;
    private ulong _first;
    private ulong _end;
    private ulong _fresh;
    private ulong _returned;

    public ulong FreeFrames { get; private set; }

    public ulong AllFrames { get; private set; }

    // `memory` is where physical address 0 is reached. The counts take the first frames.
    public void Initialize(byte* memory, ulong start, ulong end)
    {
        ulong counts = (((end - start) / FrameBytes * sizeof(ushort)) + FrameBytes - 1) & ~(FrameBytes - 1ul);
        _memory = memory;
        _users = (ushort*)(memory + start);
        _first = start + counts;
        _fresh = _first;
        _end = end;
        AllFrames = FreeFrames = (_end - _first) / FrameBytes;
    }

    // The same memory at another address: better page tables are in use.
    public void Move(byte* memory)
    {
        _users = (ushort*)(memory + ((byte*)_users - _memory));
        _memory = memory;
    }

    // A frame with one user, with whatever was in it; 0 if there is none.
    public ulong Allocate()
    {
        ulong frame = _returned;
        if (frame != 0)
        {
            _returned = *(ulong*)(_memory + frame);
        }
        else if (_fresh < _end)
        {
            frame = _fresh;
            _fresh += FrameBytes;
        }
        else
        {
            return 0;
        }

        _users[Index(frame)] = 1;
        FreeFrames--;
        return frame;
    }

    public readonly void Share(ulong frame)
    {
        if (IsOurs(frame))
        {
            _users[Index(frame)]++;
        }
    }

    public readonly bool IsShared(ulong frame) => !IsOurs(frame) || _users[Index(frame)] > 1;

    public void Release(ulong frame)
    {
        if (IsOurs(frame) && --_users[Index(frame)] == 0)
        {
            *(ulong*)(_memory + frame) = _returned;
            _returned = frame;
            FreeFrames++;
        }
    }

    private readonly bool IsOurs(ulong frame) => frame >= _first && frame < _end;

    private readonly ulong Index(ulong frame) => (frame - _first) / FrameBytes;
}
