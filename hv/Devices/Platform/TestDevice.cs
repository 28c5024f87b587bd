// What foreign test suites look for, as QEMU's pc-testdev has it; only where `testdev = on` asks for it.
//   E0h-E3h    a latch: what was written is read
//   2000h + n  the level of line n of the I/O APIC, and of the 8259 pair below 16
//   FF000000h  64 KiB that read and write; it is memory like any other (Memory)
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class TestDevice
{
    public const ulong MemoryStart = 0xFF00_0000;
    public const ulong MemoryBytes = 0x1_0000;
    private const uint LineCount = 24;

    public static void Plug(Board* board)
    {
        ref BusRanges ports = ref board->Bus->Ports;
        var latch = new BusRange { Owner = board, Widest = 4, Read = &ReadLatch, Write = &WriteLatch };
        var lines = new BusRange { Owner = board, Widest = 1, Read = &ReadLine, Write = &WriteLine };
        ports.TryAdd(0xE0, 4, latch);
        ports.TryAdd(0x2000, LineCount, lines);
    }

    private static ulong ReadLatch(void* board, uint offset, int bytes) =>
        (((Board*)board)->TestLatch >> (int)(8 * offset)) & Board.Ones(bytes);

    private static void WriteLatch(void* owner, uint offset, int bytes, ulong value)
    {
        ref uint latch = ref ((Board*)owner)->TestLatch;
        uint mask = (uint)Board.Ones(bytes) << (int)(8 * offset);
        latch = (latch & ~mask) | ((uint)(value << (int)(8 * offset)) & mask);
    }

    private static ulong ReadLine(void* board, uint line, int bytes) => (((Board*)board)->HighLines >> (int)line) & 1;

    private static void WriteLine(void* board, uint line, int bytes, ulong value) =>
        InterruptRouting.SetLine((Board*)board, (int)line, value != 0);
}
