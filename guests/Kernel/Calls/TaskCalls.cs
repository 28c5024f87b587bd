// System calls about programs.

using System;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Calls;

internal static unsafe class TaskCalls
{
    public static long Exec(Task* task, ulong line, ulong length)
    {
        if (length is 0 or > UserLayout.LongestLine)
        {
            return (long)CallError.NotFound;
        }

        byte* copy = stackalloc byte[UserLayout.LongestLine];
        var text = new Span<byte>(copy, (int)length);
        return UserMemory.TryRead(task, line, text) ? (long)Process.Enter(task, text) : (long)CallError.BadAddress;
    }

    public static long Wait(Task* task, ulong id, ulong report)
    {
        while (true)
        {
            bool any = false;
            for (int i = 0; i < TaskTable.Capacity; i++)
            {
                Task* child = TaskTable.At(i);
                if (child->State == TaskState.Free || child->Parent != task || (id != 0 && child->Id != id))
                {
                    continue;
                }

                any = true;
                if (child->State == TaskState.Ended && child->Root == 0)
                {
                    uint ended = child->Id;
                    ExitReport copy = child->Report;
                    Process.Reap(child);
                    return UserMemory.TryWrite(task, report, new ReadOnlySpan<byte>(&copy, sizeof(ExitReport)))
                        ? ended : (long)CallError.BadAddress;
                }
            }

            if (!any)
            {
                return (long)CallError.NoChild;
            }

            Scheduler.Wait(task);
        }
    }

    // Room, not memory: that comes when it is touched.
    public static long Extend(Task* task, ulong bytes)
    {
        ulong was = task->HeapEnd;
        if (bytes > UserLayout.HeapLimit - was)
        {
            return (long)CallError.OutOfMemory;
        }

        task->HeapEnd = was + ((bytes + FrameAllocator.FrameBytes - 1) & ~(FrameAllocator.FrameBytes - 1ul));
        return (long)was;
    }

    public static long SetPriority(Task* task, ulong priority)
    {
        if (priority >= RunQueue.Priorities)
        {
            return (long)CallError.Unknown;
        }

        task->Priority = (byte)priority;
        Scheduler.Yield();
        return 0;
    }

    public static long Kill(Task* task, ulong id)
    {
        for (int i = 0; i < TaskTable.Capacity; i++)
        {
            Task* child = TaskTable.At(i);
            if (child->State is not (TaskState.Free or TaskState.Ended) && child->Id == id && child->Parent == task)
            {
                Process.Kill(child, ExitKind.Interrupted);
                return 0;
            }
        }

        return (long)CallError.NoChild;
    }
}
