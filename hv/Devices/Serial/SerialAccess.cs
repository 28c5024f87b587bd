// A guest's accesses to its serial port, the port's line, and who is at its other end. The guest's FIFO gets something
// only when the guest looks for it, or has asked to be interrupted: what is typed before a guest has set its port up is
// not lost when it does.
namespace MinusOne.Hv.Devices.Serial;

internal static unsafe class SerialAccess
{
    public const uint Data = 0;
    private const uint InterruptEnable = 1;
    private const uint LineStatus = 5;
    private const int Line = 4;

    // 1 ms, 10 ms and 50 ms of the guest's clock.
    private const ulong TicksIfAwaited = 100_000;
    private const ulong TicksOtherwise = 1_000_000;
    private const ulong TicksIfSeldom = 5_000_000;

    public static void Plug(Board* board)
    {
        board->SerialClock = board->Bus->AddClock(&Elapse);
        var port = new BusRange { Owner = board, Widest = 1, Chip = ShortChip.Serial, Read = &Read, Write = &Write };
        board->Bus->Ports.TryAdd(0x3F8, 8, port);
    }

    // The guest has asked to be interrupted by what is typed, and will be.
    public static bool IsAwaited(Board* board) =>
        (board->Serial.IsListening || (board->Console != null && board->Console->IsListening)) && board->IsPc;

    // Reading this asks the other end first.
    public static bool IsOutside(Board* board, uint offset) => offset is Data or LineStatus && board->Serial.IsEmpty;

    // What is in the port, without a look outside.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte ReadPort(Board* board, uint offset) =>
        board->Serial.CanInterrupt ? ReadAndFollow(board, offset) : board->Serial.Read(offset, 0);

    // One of the registers that send nothing, on the short path.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteControl(Board* board, uint offset, byte value)
    {
        board->Serial.WriteControl(offset, value);
        if (offset == InterruptEnable || board->Serial.CanInterrupt)
        {
            Follow(board);
        }
    }

    // A byte has left on the short path.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoteSent(Board* board)
    {
        if (board->Serial.CanInterrupt)
        {
            Fill(board);
            board->Serial.NoteSent();
            Follow(board);
            return;
        }

        board->Serial.NoteSent();
    }

    // At timer exits: escapes are seen, output moves on, and a guest that waits for the interrupt gets one.
    public static void Poll(Board* board, ulong now)
    {
        bool wants = board->Serial.IsListening && board->Serial.IsEmpty;
        board->Calls->Look(board->Guest, now, wants);
        board->PollDue = now + (board->LooksSeldom ? TicksIfSeldom
            : IsAwaited(board) ? TicksIfAwaited : TicksOtherwise);
        if (wants)
        {
            Follow(board);
        }
    }

    public static void SendBreak(Board* board, ulong now)
    {
        board->Serial.Receive(0, SerialPort.Break, now);
        Follow(board);
    }

    private static ulong Read(void* owner, uint offset, int bytes)
    {
        var board = (Board*)owner;
        if (IsOutside(board, offset))
        {
            board->Calls->Look(board->Guest, Time(board), true);
        }

        return ReadPort(board, offset);
    }

    // A guest that polls, which most do, pays nothing for the interrupts that it has not enabled.
    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        var board = (Board*)owner;
        if (offset == InterruptEnable || board->Serial.CanInterrupt)
        {
            WriteAndFollow(board, offset, (byte)value);
        }
        else if (board->Serial.Write(offset, (byte)value, 0))
        {
            board->Calls->Sent(board->Guest, (byte)value);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteAndFollow(Board* board, uint offset, byte value)
    {
        if (offset == Data)
        {
            Fill(board);
        }

        if (board->Serial.Write(offset, value, Time(board)))
        {
            board->Calls->Sent(board->Guest, value);
        }

        Follow(board);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte ReadAndFollow(Board* board, uint offset)
    {
        byte value = board->Serial.Read(offset, Time(board));
        Follow(board);
        return value;
    }

    // Only interrupts by what was received depend on the time.
    private static ulong Time(Board* board) => board->Serial.IsListening ? board->Now : 0;

    private static ulong Elapse(Board* board, ulong now)
    {
        board->Serial.Elapse(now);
        InterruptRouting.SetLine(board, Line, board->Serial.Interrupt);
        return board->Serial.Deadline;
    }

    // The transmitter is full for a moment: when it is empty again its interrupt comes with a fresh edge.
    private static void Fill(Board* board)
    {
        board->Serial.Fill();
        InterruptRouting.SetLine(board, Line, board->Serial.Interrupt);
    }

    // The port's line, and its deadline where that has come nearer.
    private static void Follow(Board* board)
    {
        InterruptRouting.SetLine(board, Line, board->Serial.Interrupt);
        ulong due = board->Serial.Deadline;
        board->Bus->SetDue(board->SerialClock, due);
        if (IsAwaited(board) && (due < board->BoardDue || board->PollDue < board->Due))
        {
            Deadlines.BoardChanged(board);
        }
    }
}
