// When the guest must be interrupted for its own sake: the earliest deadline of all its chips. It is kept as a host TSC
// value and found anew only after a chip was accessed or has elapsed, so that an exit which concerns no chip costs one
// comparison. While somebody may be waiting, the console is looked at, too, at least every 10 ms, for Ctrl-A must be
// seen; every millisecond if the guest waits for what is typed.
//   whoever changed a chip with a deadline calls BoardChanged or ApicChanged; lines are InterruptRouting's part.
namespace MinusOne.Hv.Devices.Timers;

internal static unsafe class Deadlines
{
    public static void BoardChanged(Board* board)
    {
        SetBoardDue(board);
        ApicChanged(board);
    }

    public static void ApicChanged(Board* board)
    {
        ulong due = Math.Min(board->BoardDue, board->Apic->Deadline);
        if ((due != GuestClock.Never || SerialAccess.IsAwaited(board)) && !IsElsewhere(board, 0))
        {
            due = Math.Min(due, board->PollDue);
        }

        if (due != board->Due)
        {
            board->Due = due;
            board->Deadline = board->Clock.TscAt(due);
            SetSlice(board, board->SliceEnd);
        }
    }

    // At this host TSC another has its turn.
    public static void SetSlice(Board* board, ulong end)
    {
        board->SliceEnd = end;
        board->Alarm = Math.Min(board->Deadline, Math.Min(end, board->TimeLimit));
    }

    // The deadline is reached: whoever waits for it gets to work.
    public static void Elapse(Board* board, ulong tsc)
    {
        ulong now = board->Clock.Now(tsc);
        if (board->Apic->Deadline <= now)
        {
            board->Apic->Elapse(now);
            InterruptRouting.Refresh(board);
        }

        if (board->BoardDue <= now)
        {
            board->IsAtRest = true;
            board->Bus->Elapse(board, now);
            board->IsAtRest = false;
            ElapseOthers(board, now);
            SetBoardDue(board);
        }

        if (board->PollDue <= now)
        {
            SerialAccess.Poll(board, now);
        }

        ApicChanged(board);

        // The guest has some time to itself after an expiry, however short a period it has chosen.
        if (board->Deadline < tsc + board->LeastTicks)
        {
            board->Deadline = tsc + board->LeastTicks;
            SetSlice(board, board->SliceEnd);
        }
    }

    // Something is ahead for one of the guest's processors, wherever it runs.
    public static bool IsAnyAhead(Board* board)
    {
        ulong first = board->Bus->Due;
        for (uint i = 0; i < board->ApicCount; i++)
        {
            first = Math.Min(first, board->At(i)->Deadline);
        }

        return first != GuestClock.Never || SerialAccess.IsAwaited(board);
    }

    private static bool IsElsewhere(Board* board, uint index) => ((board->Elsewhere >> (int)index) & 1) != 0;

    // The APICs of the processors that do not run are part of the board meanwhile.
    private static void SetBoardDue(Board* board)
    {
        board->BoardDue = board->Bus->Due;
        for (uint i = 0; i < board->ApicCount; i++)
        {
            LocalApic* apic = board->At(i);
            bool isPart = apic != board->Apic && !IsElsewhere(board, i);
            board->BoardDue = isPart ? Math.Min(board->BoardDue, apic->Deadline) : board->BoardDue;
        }
    }

    private static void ElapseOthers(Board* board, ulong now)
    {
        for (uint i = 0; i < board->ApicCount; i++)
        {
            LocalApic* apic = board->At(i);
            if (apic != board->Apic && apic->Deadline <= now && !IsElsewhere(board, i))
            {
                apic->Elapse(now);
                InterruptRouting.Notify(board, apic);
            }
        }
    }
}
