// The scheduler says who runs next: virtual processors in turn, each for as long as its weight says. Deficit
// round-robin: a turn gives `weight` quanta of credit, running uses it up, and what somebody ran beyond it is missing
// from the next turn, so that shares hold even if slices end late. The processors of one guest are a group and share
// one turn while others want theirs. Who gives its slice up (HLT, PAUSE) loses the rest of it. Pure: time comes in as
// an argument, in any unit, and the same calls give the same interleaving. Leaves out priorities.
namespace MinusOne.Hv.Turns;

internal unsafe struct Scheduler
{
    public const int Most = 128;
    public const int None = Vcpu.NoSlot;
    public const uint MostWeight = 100;

    // No more than so many turns of what somebody ran too long are kept against it: two seconds.
    private const long MostDebt = 1000;

    private Slots _slots;

    // Those who are ready, first come, first served: a ring.
    private fixed byte _queue[Most];
    private uint _first;

    // One more than the number of the slot that runs.
    private int _running;

    // The credit of weight 1.
    public ulong Quantum;

    // How many are ready, without the one that runs.
    public int Ready { get; private set; }

    // All that there are: running, ready and waiting.
    public int Count { get; private set; }

    public readonly int Running => _running - 1;

    [UnscopedRef]
    public ref SchedulerSlot this[int slot] => ref _slots[slot];

    // A new one, ready. None: there are as many as there can be.
    public int Add(uint weight, ulong now, uint group = 0)
    {
        for (int slot = 0; slot < Most; slot++)
        {
            if (_slots[slot].State == SlotState.Free)
            {
                _slots[slot] = new SchedulerSlot { Weight = weight, Group = group, Since = now };
                Count++;
                Arrive(slot, now);
                return slot;
            }
        }

        return None;
    }

    public void Remove(int slot, ulong now)
    {
        Settle(slot, now);
        if (_slots[slot].State == SlotState.Ready)
        {
            Dequeue(slot);
        }

        _running = slot == Running ? 0 : _running;
        _slots[slot].State = SlotState.Free;
        Count--;
    }

    // The next one's turn begins. Nobody runs before. None: nobody is ready.
    public int Next(ulong now)
    {
        while (Ready != 0)
        {
            int slot = _queue[_first];
            Dequeue(slot);
            ref SchedulerSlot next = ref _slots[slot];
            long turn = Turn(next.Weight) / Parts(next.Group);
            next.Credit = Ready == 0 ? turn : next.Credit + turn;
            if (next.Credit > 0)
            {
                Settle(slot, now);
                next.State = SlotState.Running;
                next.Account.Slices++;
                _running = slot + 1;
                return slot;
            }

            Enqueue(slot);
        }

        return None;
    }

    // When the slice of the one that runs is used up.
    public readonly ulong SliceEnd => _slots[Running].Since + (ulong)_slots[Running].Credit;

    public void Preempt(ulong now)
    {
        int slot = Stop(now);
        _slots[slot].Account.Preemptions += Ready != 0 ? 1u : 0;
        Enqueue(slot);
    }

    // It has nothing better to do than to let others go first.
    public void Yield(ulong now)
    {
        int slot = Stop(now);
        GiveUp(slot);
        Enqueue(slot);
    }

    // It has nothing to do at all until it is woken.
    public void Wait(ulong now)
    {
        int slot = Stop(now);
        GiveUp(slot);
        _slots[slot].State = SlotState.Waiting;
    }

    // A processor that does not wait is awake already.
    public void Wake(int slot, ulong now)
    {
        if (_slots[slot].State == SlotState.Waiting)
        {
            Settle(slot, now);
            Arrive(slot, now);
        }
    }

    // The world stood still until now, and nobody is to blame for it.
    public void Skip(ulong now)
    {
        for (int slot = 0; slot < Most; slot++)
        {
            _slots[slot].Since = now;
        }
    }

    // The one that runs had the processor for itself so far, and that is not held against it.
    private void Arrive(int slot, ulong now)
    {
        if (Ready == 0 && _running != 0)
        {
            Settle(Running, now);
            _slots[Running].Credit = Turn(_slots[Running].Weight);
        }

        Enqueue(slot);
    }

    // Adds the time since its state began to what that state counts.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Settle(int slot, ulong now)
    {
        ref SchedulerSlot settled = ref _slots[slot];
        ulong ticks = now - settled.Since;
        settled.Since = now;
        switch (settled.State)
        {
            case SlotState.Ready:
                settled.Account.Wait += ticks;
                break;
            case SlotState.Waiting:
                settled.Account.Idle += ticks;
                break;
            case SlotState.Running:
                settled.Account.Run += ticks;
                long least = -MostDebt * Turn(settled.Weight);
                settled.Credit = settled.Credit - (long)ticks < least ? least : settled.Credit - (long)ticks;
                break;
        }
    }

    private int Stop(ulong now)
    {
        int slot = Running;
        Settle(slot, now);
        _running = 0;
        return slot;
    }

    private void GiveUp(int slot) => _slots[slot].Credit = _slots[slot].Credit < 0 ? _slots[slot].Credit : 0;
    private readonly long Turn(uint weight) => (long)(Quantum * weight);

    // Into how many a turn is divided: among those of the group that are ready, if others are, too.
    private long Parts(uint group)
    {
        int parts = 1;
        for (uint i = 0; group != 0 && i < (uint)Ready; i++)
        {
            parts += _slots[_queue[(_first + i) % Most]].Group == group ? 1 : 0;
        }

        return parts > Ready ? 1 : parts;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Enqueue(int slot)
    {
        _slots[slot].State = SlotState.Ready;
        _queue[(_first + (uint)Ready++) % Most] = (byte)slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Dequeue(int slot)
    {
        uint from = _first;
        uint end = _first + (uint)Ready--;
        if (_queue[_first] == slot)
        {
            _first = (_first + 1) % Most;
            return;
        }

        for (uint to = from; from != end; from++)
        {
            byte moved = _queue[from % Most];
            if (moved != slot)
            {
                _queue[to++ % Most] = moved;
            }
        }
    }

    [InlineArray(Most)]
    private struct Slots { private SchedulerSlot _first; }
}
