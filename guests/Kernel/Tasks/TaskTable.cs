// All tasks. A slot, its number, and its place for a kernel stack go together.

using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;

namespace MinusOne.Guests.Kernel.Tasks;

internal static unsafe class TaskTable
{
    public const int Capacity = RunQueue.Capacity;

    private static Task* s_tasks;
    private static uint s_lastId;

    public static Task* At(int number) => s_tasks + number;

    public static void Initialize()
    {
        // Frames that were never used follow one another.
        ulong first = 0;
        for (int bytes = 0; bytes < Capacity * sizeof(Task); bytes += FrameAllocator.FrameBytes)
        {
            ulong frame = Frames.AllocateCleared();
            first = first == 0 ? frame : first;
        }

        s_tasks = (Task*)Frames.At(first);
    }

    // A task with a kernel stack and nothing else; null if there is no slot or no memory.
    public static Task* Create()
    {
        for (int i = 0; i < Capacity; i++)
        {
            Task* task = s_tasks + i;
            if (task->State == TaskState.Free)
            {
                *task = default;
                task->Number = (byte)i;
                if (!TryMapStack(task))
                {
                    return null;
                }

                task->Id = ++s_lastId;
                task->State = TaskState.Waiting;
                task->WakeAt = ulong.MaxValue;
                PrepareStack(task);
                return task;
            }
        }

        return null;
    }

    // Not from the stack that goes.
    public static void FreeStack(Task* task)
    {
        for (ulong page = task->StackStart; page < task->StackEnd; page += FrameAllocator.FrameBytes)
        {
            ulong* entry = KernelSpace.StackEntry(page);
            if (*entry != 0)
            {
                Frames.All.Release(PageEntry.Frame(*entry));
                *entry = 0;
                Cpu.InvalidatePage(page);
            }
        }

        Requests.Make(Request.Forget, ofIdle: false);
        Requests.Await(ofIdle: false);
    }

    private static bool TryMapStack(Task* task)
    {
        for (ulong page = task->StackStart; page < task->StackEnd; page += FrameAllocator.FrameBytes)
        {
            ulong frame = Frames.AllocateCleared();
            if (frame == 0)
            {
                FreeStack(task);
                return false;
            }

            *KernelSpace.StackEntry(page) = frame | PageEntry.Present | PageEntry.Writable | KernelSpace.NoExecute;
        }

        return true;
    }

    // As if it had been switched away from: eight registers, then a return to where a task begins.
    private static void PrepareStack(Task* task)
    {
        var top = (ulong*)task->Frame;
        top[-1] = Cpu.TaskBeginningAddress();
        task->Saved = (ulong)(top - 9);
    }
}
