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

    // How many are ready, without the one that runs. Written here only.
    public int Ready;

    // All that there are: running, ready and waiting.
    public int Count { get; private set; }

    public readonly int Running => _running - 1;

    // Numbers of slots come from here, and are not judged again.
    [UnscopedRef]
    public ref SchedulerSlot this[int slot] => ref Unsafe.Add(ref Unsafe.As<Slots, SchedulerSlot>(ref _slots), slot);

    // A new one, ready. None: there are as many as there can be.
    public int Add(uint weight, ulong now, uint group = 0)
    {
        for (int slot = 0; slot < Most; slot++)
        {
            if (this[slot].State == SlotState.Free)
            {
                this[slot] = new SchedulerSlot { Weight = weight, Group = group, Since = now };
                Count++;
                Arrive(slot, now);
                return slot;
            }
        }

        return None;
    }

    public void Remove(int slot, ulong now)
    {
        ref SchedulerSlot removed = ref this[slot];
        Settle(ref removed, now);
        if (removed.State == SlotState.Ready)
        {
            Dequeue(slot);
        }

        _running = slot == Running ? 0 : _running;
        removed.State = SlotState.Free;
        Count--;
    }

    // The next one's turn begins. Nobody runs before. None: nobody is ready.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ulong now)
    {
        while (Ready != 0)
        {
            int slot = _queue[_first];
            _first = (_first + 1) % Most;
            Ready--;
            ref SchedulerSlot next = ref this[slot];
            long turn = next.Group == 0 ? Turn(next.Weight) : Turn(next.Weight) / Parts(next.Group);
            next.Credit = Ready == 0 ? turn : next.Credit + turn;
            if (next.Credit > 0)
            {
                next.Account.Wait += next.Lap(now);
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
    public ulong SliceEnd => this[Running].Since + (ulong)this[Running].Credit;

    public void Preempt(ulong now)
    {
        int slot = Stop(now);
        this[slot].Account.Preemptions += Ready != 0 ? 1u : 0;
        Enqueue(slot);
    }

    // It has nothing better to do than to let others go first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Yield(ulong now)
    {
        int slot = Stop(now);
        this[slot].GiveUp();
        Enqueue(slot);
    }

    // It has nothing to do at all until it is woken.
    public void Wait(ulong now)
    {
        ref SchedulerSlot slot = ref this[Stop(now)];
        slot.GiveUp();
        slot.State = SlotState.Waiting;
    }

    // A processor that does not wait is awake already.
    public void Wake(int slot, ulong now)
    {
        if (this[slot].State == SlotState.Waiting)
        {
            Settle(ref this[slot], now);
            Arrive(slot, now);
        }
    }

    // The world stood still until now, and nobody is to blame for it.
    public void Skip(ulong now)
    {
        for (int slot = 0; slot < Most; slot++)
        {
            this[slot].Since = now;
        }
    }

    // The one that runs had the processor for itself so far, and that is not held against it.
    private void Arrive(int slot, ulong now)
    {
        if (Ready == 0 && _running != 0)
        {
            ref SchedulerSlot running = ref this[Running];
            Settle(ref running, now);
            running.Credit = Turn(running.Weight);
        }

        Enqueue(slot);
    }

    // Adds the time since its state began to what that state counts.
    private void Settle(ref SchedulerSlot settled, ulong now)
    {
        switch (settled.State)
        {
            case SlotState.Ready: settled.Account.Wait += settled.Lap(now); break;
            case SlotState.Waiting: settled.Account.Idle += settled.Lap(now); break;
            case SlotState.Running: Charge(ref settled, now); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Charge(ref SchedulerSlot running, ulong now)
    {
        ulong ticks = running.Lap(now);
        running.Account.Run += ticks;
        Owe(ref running, ticks);
    }

    // It had so much of the processor, or had it used in its name.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Owe(ref SchedulerSlot slot, ulong ticks)
    {
        slot.Credit -= (long)ticks;
        if (slot.Credit < 0)
        {
            slot.Credit = Math.Max(slot.Credit, -MostDebt * Turn(slot.Weight));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Stop(ulong now)
    {
        int slot = Running;
        Charge(ref this[slot], now);
        _running = 0;
        return slot;
    }

    private readonly long Turn(uint weight) => (long)(Quantum * weight);

    // Into how many a turn is divided: among those of the group that are ready, if others are, too.
    private long Parts(uint group)
    {
        int parts = 1;
        for (uint i = 0; group != 0 && i < (uint)Ready; i++)
        {
            parts += this[_queue[(_first + i) % Most]].Group == group ? 1 : 0;
        }

        return parts > Ready ? 1 : parts;
    }

    private void Enqueue(int slot)
    {
        this[slot].State = SlotState.Ready;
        _queue[(_first + (uint)Ready++) % Most] = (byte)slot;
    }

    private void Dequeue(int slot)
    {
        uint end = _first + (uint)Ready--;
        for (uint from = _first, to = from; from != end; from++)
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
