// Events on their way to the guest, and which of them goes first. SDM 3A 6.9 Prioritization of Concurrent Events: an
// event whose delivery was interrupted, then an exception or software interrupt, then NMI, then external interrupts. An
// event is taken out only when it is handed to a VM entry, and put back when that entry says its delivery did not
// finish: never lost, never doubled. Knows no VMCS field: Injection writes what this decides.
namespace MinusOne.Hv.Processor;

internal unsafe struct PendingEvents
{
    public EventKinds Pending;

    // An exception, a software interrupt, or the remains of an interrupted delivery: it must go before anything else.
    private Event _first;

    // External vectors asked for, one bit each.
    private fixed ulong _vectors[4];

    // The event whose delivery the last exit interrupted: what a further exception combines with.
    private Event _interrupted;

    public readonly bool HasFirst => (Pending & EventKinds.First) != 0;
    public readonly bool HasNmi => (Pending & EventKinds.Nmi) != 0;
    public readonly bool HasExternal => (Pending & (EventKinds.External | EventKinds.Requested)) != 0;
    public readonly bool IsEmpty => (Pending & ~(EventKinds.Window | EventKinds.Closed)) == 0;

    // An exit says that this event was being delivered. It goes again, unless an exception takes its place.
    public void Interrupted(in Event delivery)
    {
        _interrupted = delivery;
        SetFirst(delivery);
    }

    // A task switch has delivered it after all. An exception that comes now still combines with one.
    public void Delivered()
    {
        Pending &= ~EventKinds.First;
        _interrupted = _interrupted.Information.Type == InterruptionType.HardwareException ? _interrupted : default;
    }

    // The exit has been handled: a later exception does not combine with what it interrupted.
    public void ExitHandled() => _interrupted = default;

    // False: the exception ends in a triple fault.
    public bool TryRaise(ExceptionVector vector, uint errorCode = 0)
    {
        switch (Combination.Of(_interrupted, vector))
        {
            case CombinedFault.Serial:
                PutBack();
                SetFirst(Event.Exception(vector, errorCode));
                return true;
            case CombinedFault.DoubleFault:
                SetFirst(Event.Exception(ExceptionVector.DoubleFault, 0));
                return true;
            default: return false;
        }
    }

    // An interrupt whose delivery led to an exception waits for its turn again; an instruction comes again by itself.
    private void PutBack()
    {
        if (_interrupted.IsValid && _interrupted.Information.Type == InterruptionType.Nmi)
        {
            PendNmi();
        }
        else if (_interrupted.IsValid && _interrupted.Information.Type == InterruptionType.ExternalInterrupt)
        {
            PendExternal(_interrupted.Information.Vector);
        }
    }

    public void RaiseSoftware(in Event software) => SetFirst(software);

    // Nothing is on its way any more.
    public void Clear()
    {
        EventKinds due = Pending & (EventKinds.Window | EventKinds.Closed);
        this = default;
        Pending = due;
    }

    public void PendNmi() => Pending |= EventKinds.Nmi;

    public void PendExternal(byte vector)
    {
        _vectors[vector >> 6] |= 1UL << (vector & 63);
        Pending |= EventKinds.External;
    }

    // What the interrupt controllers say now.
    public void Request(bool wanted) =>
        Pending = wanted ? Pending | EventKinds.Requested : Pending & ~EventKinds.Requested;

    public void SetWindow(bool isOpen) => Pending = isOpen ? Pending | EventKinds.Window : Pending & ~EventKinds.Window;

    public Event TakeFirst()
    {
        Pending &= ~EventKinds.First;
        return _first;
    }

    public Event TakeNmi()
    {
        Pending &= ~EventKinds.Nmi;
        return Event.Nmi;
    }

    // The highest vector that is pending by itself: its upper half is its priority. SDM 3A 12.8.3. Not valid: none.
    public Event TakeExternal()
    {
        Event taken = TakeHighest();
        if ((_vectors[0] | _vectors[1] | _vectors[2] | _vectors[3]) == 0)
        {
            Pending &= ~EventKinds.External;
        }

        return taken;
    }

    private void SetFirst(in Event first)
    {
        _first = first;
        Pending |= EventKinds.First;
    }

    private Event TakeHighest()
    {
        for (int word = 3; word >= 0; word--)
        {
            if (_vectors[word] != 0)
            {
                int bit = System.Numerics.BitOperations.Log2(_vectors[word]);
                _vectors[word] &= ~(1UL << bit);
                return Event.External((byte)((word << 6) | bit));
            }
        }

        return default;
    }
}

// What may concern the coming VM entry. None, which is the rule, costs one test.
[Flags]
internal enum EventKinds : uint
{
    None = 0,

    // An exception, a software interrupt, or the remains of an interrupted delivery.
    First = 1 << 0,
    Nmi = 1 << 1,

    // A vector that is pending by itself: asked for by a configuration, or acknowledged and not delivered.
    External = 1 << 2,

    // The interrupt controllers want the processor; which vector it is, they say when it is acknowledged.
    Requested = 1 << 3,

    // Interrupt-window or NMI-window exiting is on.
    Window = 1 << 4,

    // Nothing is due, but somebody wants to see every exit: the short path is closed.
    Watched = 1 << 5,

    // Nothing is due, but others of its guest run at the same time: the short path has to take the guest first.
    Shared = 1 << 6,

    // The two that say nothing of events.
    Closed = Watched | Shared,
}

// What becomes of an exception that comes while another event is being delivered. SDM 3A 6.15 Interrupt 8: Double Fault
// Exception, the two tables there.
internal enum CombinedFault : byte
{
    // One after the other.
    Serial,
    DoubleFault,
    TripleFault,
}

internal static class Combination
{
    public static CombinedFault Of(in Event first, ExceptionVector second)
    {
        if (!first.IsValid || first.Information.Type != InterruptionType.HardwareException)
        {
            return CombinedFault.Serial;
        }

        var vector = (ExceptionVector)first.Information.Vector;
        bool secondIsSerious = IsContributory(second) || second == ExceptionVector.PageFault;
        if (vector == ExceptionVector.DoubleFault)
        {
            return secondIsSerious ? CombinedFault.TripleFault : CombinedFault.Serial;
        }

        bool combine = (IsContributory(vector) && IsContributory(second))
            || (vector == ExceptionVector.PageFault && secondIsSerious);
        return combine ? CombinedFault.DoubleFault : CombinedFault.Serial;
    }

    private static bool IsContributory(ExceptionVector vector) =>
        vector is ExceptionVector.DivideError or ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent
            or ExceptionVector.StackFault or ExceptionVector.GeneralProtection or ExceptionVector.ControlProtection;
}
