// A scheduler and what is known about it from outside, through one random event after the other: who exists, who is
// ready in which order, who waits. Whatever it says must agree with that.

using System;
using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Tests.Unit.Scheduling;

internal sealed class SchedulerPlay
{
    private readonly Random _random;
    private readonly List<int> _ready = [];
    private readonly List<int> _waiting = [];
    private readonly Dictionary<int, ulong> _born = [];
    private Scheduler _scheduler;
    private ulong _now;

    public SchedulerPlay(int seed)
    {
        _random = new Random(seed);
        _scheduler = new Scheduler { Quantum = 1 + (ulong)_random.Next(5000) };
    }

    // The ones whose turn it was, one after the other.
    public string Story { get; private set; } = "";

    // False: it is wrong about something.
    public bool Step()
    {
        _now += (ulong)_random.Next(500);
        int running = _scheduler.Running;
        bool isRight = true;
        switch (_random.Next(7))
        {
            case 0 when _born.Count < Scheduler.Most:
                int added = _scheduler.Add(1 + (uint)_random.Next(5), _now);
                _born.Add(added, _now);
                _ready.Add(added);
                break;
            case 1 when _born.Count > 0:
                isRight = Remove(_born.Keys.ElementAt(_random.Next(_born.Count)));
                break;
            case 2 when running >= 0:
                _scheduler.Wait(_now);
                _waiting.Add(running);
                break;
            case 3 when running >= 0:
                _scheduler.Yield(_now);
                _ready.Add(running);
                break;
            case 4 when running >= 0:
                _scheduler.Preempt(_now);
                _ready.Add(running);
                break;
            case 5 when _waiting.Count > 0:
                int woken = _waiting[_random.Next(_waiting.Count)];
                _scheduler.Wake(woken, _now);
                _waiting.Remove(woken);
                _ready.Add(woken);
                break;
            case 6 when running < 0 && _ready.Count > 0:
                Choose();
                break;
        }

        return isRight && _scheduler.Ready == _ready.Count && _scheduler.Count == _born.Count;
    }

    // All of its life is accounted for.
    private bool Remove(int gone)
    {
        _scheduler.Remove(gone, _now);
        SliceAccount account = _scheduler[gone].Account;
        bool isRight = account.Run + account.Wait + account.Idle == _now - _born[gone];
        _born.Remove(gone);
        _ready.Remove(gone);
        _waiting.Remove(gone);
        return isRight;
    }

    // The ones in debt go behind the others, in the same order.
    private void Choose()
    {
        int next = _scheduler.Next(_now);
        Story += $"{next} ";
        while (_ready[0] != next)
        {
            _ready.Add(_ready[0]);
            _ready.RemoveAt(0);
        }

        _ready.RemoveAt(0);
    }
}
