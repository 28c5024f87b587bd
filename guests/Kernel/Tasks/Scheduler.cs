// Who runs: the highest priority that is ready, in turns of 10 ms among equals. Without a rival there is no end of a
// turn, without a sleeper no alarm: an idle or a lonely machine gets no timer interrupts. Tasks switch to the
// scheduler's own stack and from there to the next task, so that a stack can be freed by somebody who does not stand on
// it.

using System.Runtime.CompilerServices;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Tasks;

internal static unsafe class Scheduler
{
    private const ulong SliceNanoseconds = 10_000_000;

    private static RunQueue s_ready;

    public static Task* Current => Cpu.CurrentProcessor()->Current;

    // The idle processor waits here.
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
                ArmTimer();
                Cpu.WaitForInterrupt();
            }
        }
    }

    public static void MakeReady(Task* task)
    {
        task->State = TaskState.Ready;
        task->Channel = null;
        task->WakeAt = ulong.MaxValue;
        s_ready.Add(task->Number, task->Priority);
        Processor* processor = Cpu.CurrentProcessor();
        if (processor->Current != null)
        {
            processor->Reschedule |= task->Priority > processor->Current->Priority;
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
        Processor* processor = Cpu.CurrentProcessor();
        if (processor->Reschedule)
        {
            Yield();
        }

        if (processor->Current->Killed)
        {
            Process.EndKilled(processor->Current);
        }
    }

    public static void TimerInterrupt()
    {
        Counters.TimerInterrupts++;
        WakeSleepers();
        Processor* processor = Cpu.CurrentProcessor();
        if (processor->Current != null)
        {
            processor->Reschedule |=
                s_ready.Highest >= processor->Current->Priority && Cpu.ReadTsc() >= processor->SliceEnd;
            ArmTimer();
        }
    }

    // The task does not come back.
    public static void Leave() => SwitchAway(Current);

    private static void RunTask(Processor* processor, Task* task)
    {
        Counters.Switches++;
        processor->Current = task;
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

    // The next moment at which the kernel has something to decide.
    private static void ArmTimer()
    {
        Processor* processor = Cpu.CurrentProcessor();
        Task* current = processor->Current;
        ulong deadline = current != null && s_ready.Highest >= current->Priority ? processor->SliceEnd : ulong.MaxValue;
        for (int i = 0; i < TaskTable.Capacity; i++)
        {
            Task* task = TaskTable.At(i);
            if (task->State == TaskState.Waiting && task->WakeAt < deadline)
            {
                deadline = task->WakeAt;
            }
        }

        Timer.Arm(deadline);
    }
}
