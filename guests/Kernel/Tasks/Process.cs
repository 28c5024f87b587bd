// The life of a program: started from a file, doubled by fork, turned into another by exec, ended by itself, by a fault
// or by Ctrl-C, and buried when nobody stands on its stack any more. What is left then is a report for its parent.

using System;
using MinusOne.Guests.Kernel.Boot;
using MinusOne.Guests.Kernel.Files;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Tasks;

internal static unsafe class Process
{
    public const byte OrdinaryPriority = 4;

    private const ulong InterruptFlag = 0x202;

    // The first program, with the console as input and outputs. False if it does not exist or memory is used up.
    public static bool TryStartFirst(ReadOnlySpan<byte> line)
    {
        Task* task = TaskTable.Create();
        if (task == null)
        {
            return false;
        }

        task->Priority = OrdinaryPriority + 1;
        task->Open.OpenConsole();
        if (Enter(task, line) != CallError.None)
        {
            return false;
        }

        Scheduler.MakeReady(task);
        return true;
    }

    // A child with all that the parent has; it sees 0 as the answer. 0 if there is no memory or no slot.
    public static uint Fork(Task* parent)
    {
        Task* child = TaskTable.Create();
        if (child == null)
        {
            return 0;
        }

        child->Root = AddressSpace.Create();
        if (child->Root == 0 || !AddressSpace.TryCopy(parent->Root, child->Root))
        {
            Abandon(child);
            Cpu.WriteCr3(parent->Root);
            return 0;
        }

        Cpu.WriteCr3(parent->Root);
        ExtendedState.Save(parent->ExtendedState);
        var state = new ReadOnlySpan<byte>(parent->ExtendedState, ExtendedState.Bytes);
        state.CopyTo(new Span<byte>(child->ExtendedState, ExtendedState.Bytes));
        *child->Frame = *parent->Frame;
        child->Frame->Rax = 0;
        child->Parent = parent;
        child->Priority = parent->Priority == OrdinaryPriority + 1 ? OrdinaryPriority : parent->Priority;
        child->HeapEnd = parent->HeapEnd;
        child->SetName(new ReadOnlySpan<byte>(parent->Name, parent->NameLength));
        child->Open.CopyFrom(ref parent->Open);
        Scheduler.MakeReady(child);
        return child->Id;
    }

    // Makes the task run the program that the first word of the line names, from its start, in new memory.
    public static CallError Enter(Task* task, ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> name = end < 0 ? line : line.Slice(0, end);
        if (!FileSystem.IsProgram(name))
        {
            return CallError.NotFound;
        }

        ulong old = task->Root;
        ulong root = AddressSpace.Create();
        if (root == 0)
        {
            return CallError.OutOfMemory;
        }

        task->Root = root;
        task->HeapEnd = UserLayout.Heap;
        ulong stack = UserLayout.StackTop - UserLayout.LongestLine;
        if (!UserMemory.TryWrite(task, stack, line))
        {
            task->Root = old;
            AddressSpace.Release(root);
            return CallError.OutOfMemory;
        }

        if (old != 0)
        {
            Cpu.WriteCr3(root);
            AddressSpace.Release(old);
        }

        task->SetName(name);
        ResetRegisters(task, stack, line.Length);
        return CallError.None;
    }

    // The current task ends.
    public static void End(ExitReport report)
    {
        Task* task = Scheduler.Current;
        task->Report = report;
        task->Open.CloseAll();
        for (int i = 0; i < TaskTable.Capacity; i++)
        {
            Task* child = TaskTable.At(i);
            if (child->State != TaskState.Free && child->Parent == task)
            {
                child->Parent = null;
                Forget(child);
            }
        }

        task->State = TaskState.Ended;
        Scheduler.Leave();
    }

    public static void EndKilled(Task* task) => End(new ExitReport { Kind = task->Report.Kind });

    // On the scheduler's stack: what the task had goes back.
    public static void Bury(Task* task)
    {
        Cpu.WriteCr3(KernelSpace.Root);
        AddressSpace.Release(task->Root);
        TaskTable.FreeStack(task);
        task->Root = 0;
        if (task->Parent != null)
        {
            Scheduler.Wake(task->Parent);
        }

        Forget(task);
        if (task->Number == 0)
        {
            KernelMain.StartShell();
        }
    }

    // Its end is noticed; its slot is free.
    public static void Reap(Task* task) => task->State = TaskState.Free;

    // It ends before it next goes back to its program.
    public static void Kill(Task* task, ExitKind kind)
    {
        task->Killed = true;
        task->Report.Kind = kind;
        if (task->State == TaskState.Waiting)
        {
            Scheduler.MakeReady(task);
        }
        else if (task->State == TaskState.Running)
        {
            Scheduler.Notify(task->Processor);
        }
    }

    // Ctrl-C: everything but the first program.
    public static void InterruptAll()
    {
        for (int i = 1; i < TaskTable.Capacity; i++)
        {
            Task* task = TaskTable.At(i);
            if (task->State is not (TaskState.Free or TaskState.Ended))
            {
                Kill(task, ExitKind.Interrupted);
            }
        }
    }

    // Nobody will ask for the report of an orphan.
    private static void Forget(Task* task)
    {
        if (task->Parent == null && task->State == TaskState.Ended)
        {
            Reap(task);
        }
    }

    private static void Abandon(Task* task)
    {
        if (task->Root != 0)
        {
            AddressSpace.Release(task->Root);
        }

        TaskTable.FreeStack(task);
        Reap(task);
    }

    private static void ResetRegisters(Task* task, ulong line, int length)
    {
        ExtendedState.Reset(task->ExtendedState);
        if (task == Scheduler.Current)
        {
            ExtendedState.Restore(task->ExtendedState);
        }

        *task->Frame = new Frame
        {
            R8 = line,
            Rdx = (ulong)length,
            Rip = ((ImageTable*)(Cpu.ProgramsImageAddress() + ImageTable.Offset))->Entry,
            Cs = Selectors.UserCode,
            Rflags = InterruptFlag,
            Rsp = line,
            Ss = Selectors.UserData,
        };
    }
}
