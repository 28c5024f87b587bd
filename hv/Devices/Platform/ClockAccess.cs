// A guest's accesses to its real-time clock and to ACPI's fixed hardware, and the lines of both: to look can end an
// interrupt. The way out of a guest without ACPI is PM1a_CNT of QEMU's controller, of which only one value of only one
// width means anything everywhere: SLP_EN with sleep type 0 (0x2000, a word) powers the machine off. A PC has what
// \_S5 of its DSDT says as well. ACPI 6.5 4.8.3.2.1 PM1 Control Registers.
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class ClockAccess
{
    private const int Line = 8;

    public static void Plug(Board* board)
    {
        byte clock = board->Bus->AddClock(&Elapse);
        var port = new BusRange { Owner = board, Widest = 1, Clock = clock, Read = &Read, Write = &Write };
        board->Bus->Ports.TryAdd(0x70, 2, port);
    }

    private static ulong Read(void* owner, uint offset, int bytes) =>
        ((Board*)owner)->Cmos.Read(offset, ((Board*)owner)->Now);

    private static void Write(void* owner, uint offset, int bytes, ulong value) =>
        ((Board*)owner)->Cmos.Write(offset, (byte)value, ((Board*)owner)->Now);

    // In legacy replacement the line is the HPET's.
    private static ulong Elapse(Board* board, ulong now)
    {
        board->Cmos.Elapse(now);
        if (!board->Hpet.IsLegacy)
        {
            InterruptRouting.SetLine(board, Line, board->Cmos.Interrupt);
        }

        return board->Cmos.Deadline;
    }
}

internal static unsafe class PowerAccess
{
    private const byte Control = 4;
    private const byte Timer = 8;
    private const ulong PowerOff = 0x2000;

    public static void Plug(Board* board)
    {
        byte clock = board->Bus->AddClock(&Elapse);
        var power = new BusRange { Owner = board, Widest = 4, Clock = clock, Read = &Read, Write = &Write };
        board->Bus->Ports.TryAdd(0x600, 4, power);
        board->Bus->Ports.TryAdd(0x608, 4, power, Timer);
    }

    // Every guest has it.
    public static void PlugControl(Board* board) => board->Bus->Ports.TryAdd(
        0x604, 2, new BusRange { Owner = board, Widest = 2, Read = &Read, Write = &Write }, Control);

    public static void PressButton(Board* board)
    {
        board->Power.PressButton();
        Elapse(board, board->Now);
    }

    private static ulong Read(void* owner, uint offset, int bytes)
    {
        var board = (Board*)owner;
        switch (offset)
        {
            case >= Timer: return PowerManagement.ReadTimer(offset - Timer, bytes, board->Now);
            case < Control: return board->Power.ReadEvents(offset, bytes, board->Now);
            default: return board->IsPc ? board->Power.ReadControl(offset - Control, bytes) : Board.Ones(bytes);
        }
    }

    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        if (offset < Control)
        {
            board->Power.WriteEvents(offset, bytes, value, board->Now);
        }
        else if (offset == Control && bytes == 2
            && (value == PowerOff || (board->IsPc && board->Power.WriteControl((ushort)value))))
        {
            board->End(GuestEnd.PoweredOff);
        }
    }

    private static ulong Elapse(Board* board, ulong now)
    {
        board->Power.Elapse(now);
        InterruptRouting.SetLine(board, PowerManagement.Line, board->Power.Interrupt);
        return board->Power.Deadline;
    }
}
