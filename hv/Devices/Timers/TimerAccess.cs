// A guest's accesses to its timers, the PIT by ports and the HPET by memory, and their lines. HPET specification 1.0a,
// 2.3.5 (LEG_RT_CNF): in legacy replacement IRQ 0 and IRQ 8 are the HPET's, not the PIT's and the clock's.
namespace MinusOne.Hv.Devices.Timers;

internal static unsafe class PitAccess
{
    private const int Line = 0;
    private const byte SystemControl = 4;

    public static void Plug(Board* board)
    {
        byte clock = board->Bus->AddClock(&Elapse);
        var pit = new BusRange { Owner = board, Widest = 1, Clock = clock, Read = &Read, Write = &Write };
        board->Bus->Ports.TryAdd(0x40, 4, pit);
        board->Bus->Ports.TryAdd(0x61, 1, pit, SystemControl);
    }

    private static ulong Read(void* owner, uint offset, int bytes)
    {
        var board = (Board*)owner;
        return offset == SystemControl ? board->Pit.ReadSystemControl(board->Now) : board->Pit.Read(offset, board->Now);
    }

    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        if (offset == SystemControl)
        {
            board->Pit.WriteSystemControl((byte)value, board->Now);
        }
        else
        {
            board->Pit.Write(offset, (byte)value, board->Now);
        }
    }

    private static ulong Elapse(Board* board, ulong now)
    {
        board->Pit.Elapse(now);
        bool hasRisen = board->Pit.TakeEdge();
        if (hasRisen && !board->Hpet.IsLegacy)
        {
            InterruptRouting.Pulse(board, Line);
        }

        if (!board->Pit.Interrupt && !board->Hpet.IsLegacy)
        {
            InterruptRouting.SetLine(board, Line, false);
        }

        return board->Pit.Deadline;
    }
}

internal static unsafe class HpetAccess
{
    public const uint Bytes = 0x400;

    public static void Plug(Board* board)
    {
        board->HpetClock = board->Bus->AddClock(&Elapse);
        var memory = new BusRange { Owner = board, Widest = 8, Chip = ShortChip.Hpet, Read = &Read, Write = &Write };
        memory.Clock = board->HpetClock;
        board->Bus->Memory.TryAdd(0xFED0_0000, Bytes, memory);
    }

    // On the short path.
    public static void WriteShort(Board* board, uint offset, int bytes, ulong value)
    {
        ulong now = board->Now;
        board->Hpet.Write(offset, bytes, value, now);
        board->Bus->SetDue(board->HpetClock, Elapse(board, now));
        Deadlines.BoardChanged(board);
    }

    private static ulong Read(void* owner, uint offset, int bytes) =>
        ((Board*)owner)->Hpet.Read(offset, bytes, ((Board*)owner)->Now);

    private static void Write(void* owner, uint offset, int bytes, ulong value) =>
        ((Board*)owner)->Hpet.Write(offset, bytes, value, ((Board*)owner)->Now);

    private static ulong Elapse(Board* board, ulong now)
    {
        board->Hpet.Elapse(now);
        uint pulses = board->Hpet.TakePulses();
        uint levels = board->Hpet.Lines;
        uint changed = levels ^ board->HpetLevels;
        board->HpetLevels = levels;
        for (int input = 0; ((pulses | changed) >> input) != 0; input++)
        {
            uint bit = 1u << input;
            if ((pulses & bit) != 0)
            {
                InterruptRouting.Pulse(board, input);
            }
            else if ((changed & bit) != 0)
            {
                InterruptRouting.SetLine(board, input, (levels & bit) != 0);
            }
        }

        return board->Hpet.Deadline;
    }
}
