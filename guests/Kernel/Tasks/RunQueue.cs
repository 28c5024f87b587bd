// The tasks that could run, by number: one ring for each priority, the highest first, first come first served within
// it.

using System.Numerics;

namespace MinusOne.Guests.Kernel.Tasks;

internal unsafe struct RunQueue
{
    public const int Priorities = 8;
    public const int Capacity = 64;

    private const byte None = 0xFF;

    // Bit p: priority p has somebody.
    private uint _waiting;
    private fixed byte _first[Priorities];
    private fixed byte _last[Priorities];
    private fixed byte _next[Capacity];

    public readonly bool IsEmpty => _waiting == 0;

    // The highest priority somebody waits with; -1 if nobody waits.
    public readonly int Highest => _waiting == 0 ? -1 : 31 - BitOperations.LeadingZeroCount(_waiting);

    public void Add(int task, int priority)
    {
        _next[task] = None;
        if ((_waiting >> priority & 1) == 0)
        {
            _first[priority] = (byte)task;
            _waiting |= 1u << priority;
        }
        else
        {
            _next[_last[priority]] = (byte)task;
        }

        _last[priority] = (byte)task;
    }

    // The one who is next; -1 if nobody waits.
    public int Take()
    {
        int priority = Highest;
        if (priority < 0)
        {
            return -1;
        }

        int task = _first[priority];
        _first[priority] = _next[task];
        if (_next[task] == None)
        {
            _waiting &= ~(1u << priority);
        }

        return task;
    }
}
