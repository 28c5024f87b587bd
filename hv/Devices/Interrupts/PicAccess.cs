// A guest's accesses to its interrupt controllers on the board: the 8259 pair by ports, the I/O APIC by memory.

namespace MinusOne.Hv.Devices.Interrupts;

internal static unsafe class PicAccess
{
    public static void Plug(Board* board)
    {
        var pic = new BusRange { Owner = board, Widest = 1, Chip = ShortChip.Pic, Read = &Read, Write = &Write };
        var ioApic = new BusRange { Owner = board, Widest = 4, Read = &ReadIoApic, Write = &WriteIoApic };
        board->Bus->Ports.TryAdd(0x20, 2, pic);
        board->Bus->Ports.TryAdd(0xA0, 2, pic, PicPair.Slave);
        board->Bus->Ports.TryAdd(0x4D0, 2, pic, PicPair.EdgeLevel);
        board->Bus->Memory.TryAdd(0xFEC0_0000, 0x100, ioApic);
    }

    private static ulong Read(void* board, uint offset, int bytes) =>
        InterruptRouting.ReadPic((Board*)board, offset);

    private static void Write(void* board, uint offset, int bytes, ulong value) =>
        InterruptRouting.WritePic((Board*)board, offset, (byte)value);

    private static ulong ReadIoApic(void* board, uint offset, int bytes) => ((Board*)board)->IoApic.Read(offset);

    private static void WriteIoApic(void* board, uint offset, int bytes, ulong value) =>
        InterruptRouting.WriteIoApic((Board*)board, offset, bytes, (uint)value);
}
