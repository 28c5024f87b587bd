// Two ways to the processor's reset line that kernels know besides the keyboard controller's, and the exit port of test
// machines. A reset ends the run: who wants the guest again starts it again. Nothing of these keeps a state.
//   92h       bit 0; bit 1, the gate of address line 20, is open for good
//   CF9h      bit 2. It lies amid the address register of PCI, which passes on what is meant for it
//   F4h       QEMU's isa-debug-exit: whatever is written ends the guest, and is told
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class ResetPorts
{
    private const byte GateOpen = 2;

    // What each is called here.
    private const byte Gate = 1, DebugExit = 2;

    public static void Plug(Board* board)
    {
        ref BusRanges ports = ref board->Bus->Ports;
        var narrow = new BusRange { Owner = board, Widest = 1, Read = &Read, Write = &Write };
        var wide = new BusRange { Owner = board, Widest = 4, Read = &Read, Write = &Write };
        ports.TryAdd(0x92, 1, narrow, Gate);
        ports.TryAdd(0xF4, 4, wide, DebugExit);
    }

    public static void WriteControl(Board* board, byte value)
    {
        if ((value & 4) != 0)
        {
            board->End(GuestEnd.Reset);
        }
    }

    private static ulong Read(void* board, uint offset, int bytes) => offset == Gate ? GateOpen : Board.Ones(bytes);

    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        switch (offset)
        {
            case Gate when (value & 1) != 0:
                ((Board*)owner)->End(GuestEnd.Reset);
                break;
            case >= DebugExit:
                ((Board*)owner)->End(GuestEnd.DebugExit, (uint)value);
                break;
        }
    }
}
