// Who runs: the highest priority that is ready, in turns of 10 ms among equals, on whichever processor comes first.
// Without a rival there is no end of a turn, without a sleeper no alarm: an idle or a lonely machine gets no timer
// interrupts. Tasks switch to the scheduler's own stack, one for each processor, and from there to the next task, so
// that a stack can be freed by somebody who does not stand on it.

using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Tasks;

internal static unsafe class Scheduler
{
    // The interrupt by which one processor tells another that there is something to decide.
    public const uint Vector = 0x25;

    private const ulong SliceNanoseconds = 10_000_000;

    private static RunQueue s_ready;

    public static Task* Current => Cpu.CurrentProcessor()->Current;

    public static void Run()
    {
        Processor* processor = Cpu.CurrentProcessor();
        while (true)
        {
            WakeSleepers();
            int next = s_ready.Take();
            if (next >= 0)
            {
                RunTask(processor, TaskTable.At(next));
            }
            else
            {
                Idle(processor);
            }
        }
    }

    public static void MakeReady(Task* task)
    {
        task->State = TaskState.Ready;
        task->Channel = null;
        task->WakeAt = ulong.MaxValue;
        bool isFirst = s_ready.IsEmpty;
        s_ready.Add(task->Number, task->Priority);
        Processor* self = Cpu.CurrentProcessor();

        // A processor without a task is going to look anyway.
        int least = self->Current != null ? self->Current->Priority : isFirst ? -1 : RunQueue.Priorities;
        Processor* chosen = self;
        for (int i = 0; i < Processors.Count; i++)
        {
            Processor* other = Processors.At(i);
            int priority = other->IsIdle ? 0 : other->Current == null ? RunQueue.Priorities : other->Current->Priority;
            if (other != self && priority < least)
            {
                least = priority;
                chosen = other;
            }
        }

        if (chosen != self)
        {
            Notify(chosen);
        }
        else
        {
            Decide();
        }
    }

    // It looks at what there is to decide.
    public static void Notify(Processor* processor)
    {
        if (processor != Cpu.CurrentProcessor())
        {
            processor->IsIdle = false;
            LocalApic.Send(processor->ApicId, Vector);
        }
    }

    // Does the current task make way, and when?
    public static void Decide()
    {
        Processor* processor = Cpu.CurrentProcessor();
        if (processor->Current != null)
        {
            int rival = s_ready.Highest - processor->Current->Priority;
            processor->Reschedule |= rival > 0 || (rival == 0 && Cpu.ReadTsc() >= processor->SliceEnd);
            ArmTimer();
        }
    }

    // Until somebody wakes the channel, or until a time. A killed task ends here instead.
    public static void Wait(void* channel, ulong until = ulong.MaxValue)
    {
        Task* task = Current;
        if (!task->Killed)
        {
            task->State = TaskState.Waiting;
            task->Channel = channel;
            task->WakeAt = until;
            SwitchAway(task);
        }

        if (task->Killed)
        {
            Process.EndKilled(task);
        }
    }

    public static void Wake(void* channel)
    {
        for (int i = 0; i < TaskTable.Capacity; i++)
        {
            Task* task = TaskTable.At(i);
            if (task->State == TaskState.Waiting && task->Channel == channel)
            {
                MakeReady(task);
            }
        }
    }

    // The current task lets others go first.
    public static void Yield()
    {
        Task* task = Current;
        task->State = TaskState.Ready;
        s_ready.Add(task->Number, task->Priority);
        SwitchAway(task);
    }

    // Before a program goes on: is it meant to?
    public static void Checkpoint()
    {
        if (Cpu.CurrentProcessor()->Reschedule)
        {
            Yield();
        }

        // Perhaps on another processor than before.
        if (Current->Killed)
        {
            Process.EndKilled(Current);
        }
    }

    public static void TimerInterrupt()
    {
        Counters.TimerInterrupts++;
        WakeSleepers();
        Decide();
    }

    // The task does not come back.
    public static void Leave() => SwitchAway(Current);

    // The first step of a task that has never run: out of the kernel.
    [RuntimeExport("LeaveKernel")]
    private static void LeaveKernel() => KernelLock.Leave();

    // Not in a program's address space, which may go meanwhile.
    private static void Idle(Processor* processor)
    {
        ArmTimer();
        Cpu.WriteCr3(KernelSpace.Root);
        processor->IsIdle = true;
        KernelLock.Leave();
        Cpu.WaitForInterrupt();
        KernelLock.Enter();
        processor->IsIdle = false;
    }

    private static void RunTask(Processor* processor, Task* task)
    {
        Counters.Switches++;
        processor->Turns++;
        processor->Current = task;
        task->Processor = processor;
        processor->Reschedule = false;
        processor->Entry.KernelStack = task->StackTop;
        processor->State.Stack0 = task->StackTop;
        task->State = TaskState.Running;
        task->Since = Cpu.ReadTsc();
        processor->SliceEnd = task->Since + Clock.Ticks(SliceNanoseconds);
        Cpu.WriteCr3(task->Root);
        ExtendedState.Restore(task->ExtendedState);
        ArmTimer();
        Cpu.SwitchStack((ulong*)Unsafe.AsPointer(ref processor->SchedulerStack), task->Saved);
        processor->Current = null;
        if (task->State == TaskState.Ended)
        {
            Process.Bury(task);
        }
    }

    private static void SwitchAway(Task* task)
    {
        task->Used += Cpu.ReadTsc() - task->Since;
        ExtendedState.Save(task->ExtendedState);
        Cpu.SwitchStack(&task->Saved, Cpu.CurrentProcessor()->SchedulerStack);
    }

    private static void WakeSleepers()
    {
        ulong now = Cpu.ReadTsc();
        for (int i = 0; i < TaskTable.Capacity; i++)
        {
            Task* task = TaskTable.At(i);
            if (task->State == TaskState.Waiting && task->WakeAt <= now)
            {
                MakeReady(task);
            }
        }
    }

    // The next moment at which this processor has something to decide. Who sleeps is woken by the processor it ran on.
    private static void ArmTimer()
    {
        Processor* processor = Cpu.CurrentProcessor();
        Task* current = processor->Current;
        ulong deadline = current != null && s_ready.Highest >= current->Priority ? processor->SliceEnd : ulong.MaxValue;
        for (int i = 0; i < TaskTable.Capacity; i++)
        {
            Task* task = TaskTable.At(i);
            if (task->State == TaskState.Waiting && task->Processor == processor && task->WakeAt < deadline)
            {
                deadline = task->WakeAt;
            }
        }

        Timer.Arm(deadline);
    }
}
