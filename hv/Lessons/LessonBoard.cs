// Devices for lessons: the board of the product does not know them. They are registered with its bus before the guest
// has its memory, and their state stands in a frame that goes with the guest.
namespace MinusOne.Hv.Lessons;

internal unsafe struct LessonBoard
{
    // In the same frame.
    private const int DiskStart = 0x800;
    private const ulong DiskBytes = 0x800;

    public CounterDevice Counter;
    public ScratchDevice Scratch;

    public static void Plug(Vm* vm)
    {
        LessonDevices devices = LessonHooks.LessonOf(vm).Devices;
        if (devices != LessonDevices.None
            && vm->Machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out vm->LessonPage))
        {
            Plug(vm->Board.Bus, (LessonBoard*)vm->LessonPage.Pointer, devices);
            if ((devices & LessonDevices.Disk) != 0)
            {
                byte* start = (byte*)vm->LessonPage.Pointer + DiskStart;
                var disk = BlockDisk.InMemory(start, DiskBytes, isReadOnly: false, 0);
                VirtioBlock.TryPlug(&vm->Board, &vm->Machine->Frames, in disk);
            }
        }
    }

    public static void Plug(Bus* bus, LessonBoard* board, LessonDevices devices)
    {
        if ((devices & LessonDevices.Counter) != 0)
        {
            BusRange range = new() { Owner = &board->Counter, Widest = 1, Read = &ReadCounter, Write = &WriteCounter };
            bus->Ports.TryAdd(0xC000, 2, range);
        }

        if ((devices & LessonDevices.Scratch) != 0)
        {
            BusRange range = new() { Owner = &board->Scratch, Widest = 8, Read = &ReadScratch, Write = &WriteScratch };
            bus->Memory.TryAdd(0xFEB0_0000, 0x1000, range);
        }
    }

    private static ulong ReadCounter(void* counter, uint offset, int bytes) => ((CounterDevice*)counter)->Read(offset);

    private static void WriteCounter(void* counter, uint offset, int bytes, ulong value) =>
        ((CounterDevice*)counter)->Write(offset, (byte)value);

    private static ulong ReadScratch(void* scratch, uint offset, int bytes) =>
        ((ScratchDevice*)scratch)->Read(offset, bytes);

    private static void WriteScratch(void* scratch, uint offset, int bytes, ulong value) =>
        ((ScratchDevice*)scratch)->Write(offset, bytes, value);
}

// A device to learn from: one register that counts, and one that says how often it was used. Its state outlives exits.
internal struct CounterDevice
{
    private byte _value;
    private byte _accesses;

    // 0: the value, which goes up by one. 1: how many accesses the value has seen.
    public byte Read(uint offset)
    {
        if (offset != 0)
        {
            return _accesses;
        }

        _accesses++;
        return _value++;
    }

    public void Write(uint offset, byte value)
    {
        if (offset == 0)
        {
            _accesses++;
            _value = value;
        }
    }
}

// A device for trying out instructions on device memory: 256 bytes that hold what is written, in any width, and behind
// them what a real device would never tell: how many accesses there were (doubleword at 0x100) and how wide the last
// one was (at 0x104).
internal unsafe struct ScratchDevice
{
    public const uint Bytes = 256;
    public const uint Notes = 0x100;

    private fixed byte _bytes[(int)Bytes];
    private uint _accesses;
    private uint _lastWidth;

    public ulong Read(uint offset, int bytes)
    {
        if (offset - Notes < 8)
        {
            return ((((ulong)_lastWidth << 32) | _accesses) >> (int)(8 * (offset - Notes))) & Board.Ones(bytes);
        }

        if (offset + (uint)bytes > Bytes)
        {
            return Board.Ones(bytes);
        }

        Note(bytes);
        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= (ulong)_bytes[offset + i] << (8 * i);
        }

        return value;
    }

    public void Write(uint offset, int bytes, ulong value)
    {
        if (offset + (uint)bytes > Bytes)
        {
            return;
        }

        Note(bytes);
        for (int i = 0; i < bytes; i++)
        {
            _bytes[offset + i] = (byte)(value >> (8 * i));
        }
    }

    private void Note(int bytes)
    {
        _accesses++;
        _lastWidth = (uint)bytes;
    }
}
