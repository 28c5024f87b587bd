// Which line goes where, and how an interrupt reaches the processor. SDM 3A 12.1 Local and I/O APIC Overview,
// MultiProcessor Specification 3.6.2.2 (virtual wire), 3.6.2.3 (symmetric I/O).
//
//   lines 0-15, but 2 -> 8259 pair -> LINT0 of the local APIC: as an external interrupt -> processor
//    |                                (while the APIC is off: straight to the processor)
//    |                                or as what else its entry says: a fixed one, an NMI
//    +- 0 -> input 2, others alike -> I/O APIC -> message -> local APIC -> processor
//   lines 2, 16-23 ------------------> I/O APIC
//   end of a level-triggered interrupt: local APIC -> I/O APIC
//
// Lines 0-15 are those of the ISA bus (0 the PIT, 4 the serial port, 8 the clock, 9 ACPI), which has no line 2; the
// others are the HPET's. Both controllers see a line; a guest masks the one it does not use.
//
// Chips say what they want by levels. After each change Refresh tells the processor's events one bit: somebody wants
// it. Which vector it is, is asked only when the interrupt goes into a VM entry: Acknowledge moves it into service, so
// nothing is lost while it waits, and what is withdrawn before is never seen.
namespace MinusOne.Hv.Devices.Interrupts;

internal static unsafe class InterruptRouting
{
    private const int IsaLines = 16;

    // The PIT's, and its input of the I/O APIC, which is line 2's as well.
    private const int TimerLine = 0;
    private const int TimerInput = 2;
    private const uint TimerLines = (1u << TimerLine) | (1u << TimerInput);

    // After every change of a chip that can ask for the processor that runs.
    public static void Refresh(Board* board) => Refresh(board, board->Apic);

    // For another one, too, which may have waited for it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Notify(Board* board, LocalApic* apic)
    {
        Refresh(board, apic);
        if (apic != board->Apic)
        {
            board->Calls->Woken(board->Guest, apic->Id);
        }
    }

    // The vector that is delivered now. What the 8259 wants goes first: the local APIC gives it no priority.
    public static byte Acknowledge(Board* board)
    {
        bool isPic = board->Pic.Interrupt && board->Apic->PassesPic;
        byte vector = isPic ? board->Pic.Acknowledge() : board->Apic->Acknowledge();
        PicChanged(board);
        return vector;
    }

    // A line, as its chip has it now. Who tells the same twice costs nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetLine(Board* board, int line, bool isHigh)
    {
        if (((board->HighLines >> line) & 1) != (isHigh ? 1u : 0))
        {
            ChangeLine(board, line);
        }
    }

    // A fresh edge, whatever the line was before; it stays high.
    public static void Pulse(Board* board, int line)
    {
        SetLine(board, line, false);
        SetLine(board, line, true);
    }

    // Reading can be an acknowledge, too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte ReadPic(Board* board, uint offset)
    {
        bool wasHigh = board->Pic.Interrupt;
        byte value = board->Pic.Read(offset);
        if (board->Pic.Interrupt != wasHigh)
        {
            PicChanged(board);
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WritePic(Board* board, uint offset, byte value)
    {
        bool wasHigh = board->Pic.Interrupt;
        board->Pic.Write(offset, value);
        if (board->Pic.Interrupt != wasHigh)
        {
            PicChanged(board);
        }
    }

    public static void WriteIoApic(Board* board, uint offset, int bytes, uint value)
    {
        board->IoApic.Write(offset, bytes, value);
        SendFromIoApic(board);
    }

    // A local APIC was told that a level-triggered interrupt is over.
    public static void EndLevel(Board* board, byte vector)
    {
        board->IoApic.EndInterrupt(vector);
        SendFromIoApic(board);
    }

    // To every processor that is meant, but for this one; of a message with lowest priority, to the one among them that
    // does the least important work. SDM 3A 12.6.2.4.
    public static void Send(Board* board, in InterruptMessage message, LocalApic* except = null)
    {
        LocalApic* chosen = null;
        for (uint i = 0; i < board->ApicCount; i++)
        {
            LocalApic* apic = board->At(i);
            if (apic == except || !apic->Matches(in message))
            {
                continue;
            }

            if (message.Mode != DeliveryMode.LowestPriority)
            {
                Deliver(board, apic, in message);
            }
            else if (apic->IsSoftwareEnabled
                && (chosen == null || apic->ProcessorPriority < chosen->ProcessorPriority))
            {
                chosen = apic;
            }
        }

        if (chosen != null)
        {
            Deliver(board, chosen, in message);
        }
    }

    public static void Deliver(Board* board, LocalApic* apic, in InterruptMessage message)
    {
        switch (message.Mode)
        {
            case DeliveryMode.Fixed or DeliveryMode.LowestPriority:
                apic->Accept(message.Vector, message.IsLevel);
                break;
            case DeliveryMode.Nmi when apic->IsStarted || apic->Id == 0:
                apic->Events->PendNmi();
                break;
            case DeliveryMode.Init or DeliveryMode.StartUp when apic->TryNote(in message):
                Deadlines.SetSlice(board, 0);
                break;
        }

        Notify(board, apic);
    }

    // The small board of a demonstration has a serial port, and nobody its line goes to.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ChangeLine(Board* board, int line)
    {
        board->HighLines ^= 1u << line;
        if (!board->IsPc)
        {
            return;
        }

        bool isHigh = (board->HighLines & (1u << line)) != 0;
        bool isTimer = line is TimerLine or TimerInput;
        board->IoApic.SetLine(isTimer ? TimerInput : line, isTimer ? (board->HighLines & TimerLines) != 0 : isHigh);
        SendFromIoApic(board);
        if (line < IsaLines)
        {
            board->Pic.SetLine(line, isHigh);
            PicChanged(board);
        }
    }

    private static void SendFromIoApic(Board* board)
    {
        while (board->IoApic.TryTake(out InterruptMessage message))
        {
            Send(board, in message);
        }
    }

    private static void PicChanged(Board* board)
    {
        bool isHigh = board->Pic.Interrupt;
        if (isHigh && !board->IsPicHigh && board->First->RaiseLint0())
        {
            board->First->Events->PendNmi();
        }

        board->IsPicHigh = isHigh;
        Refresh(board);
        if (board->Apic != board->First)
        {
            Notify(board, board->First);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Refresh(Board* board, LocalApic* apic) =>
        apic->Events->Request(apic->Interrupt || (board->Pic.Interrupt && apic->PassesPic));
}
