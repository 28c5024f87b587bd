// What programs ask for: one call, one line. Numbers from a program are checked where they are used, addresses by
// UserMemory.

using System;
using System.Runtime;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Calls;

internal static unsafe class SystemCalls
{
    [RuntimeExport("HandleSystemCall")]
    private static void Handle(Frame* frame)
    {
        KernelLock.Enter();
        Counters.SystemCalls++;
        Task* task = Scheduler.Current;
        frame->Rax = (ulong)Answer(task, (Call)frame->Rax, frame->Rdx, frame->R8, frame->R9);
        Scheduler.Checkpoint();
        KernelLock.Leave();
    }

    private static long Answer(Task* task, Call call, ulong a, ulong b, ulong c)
    {
        switch (call)
        {
            case Call.Exit:
                Process.End(new ExitReport { Status = (uint)a });
                return 0;
            case Call.Read:
                return FileCalls.Read(task, a, b, c);
            case Call.Write:
                return FileCalls.Write(task, a, b, c);
            case Call.Fork:
                uint child = Process.Fork(task);
                return child == 0 ? (long)CallError.OutOfMemory : child;
            case Call.Exec:
                return TaskCalls.Exec(task, a, b);
            case Call.Wait:
                return TaskCalls.Wait(task, a, b);
            case Call.Sleep:
                Scheduler.Wait(task, Clock.Now + Clock.Ticks(a));
                return 0;
            case Call.Time:
                return (long)Clock.Nanoseconds;
            case Call.Yield:
                Scheduler.Yield();
                return 0;
            case Call.Pipe:
                return FileCalls.Pipe(task, a);
            case Call.Close:
                return FileCalls.Close(task, a);
            case Call.Duplicate:
                return FileCalls.Duplicate(task, a, b);
            case Call.Open:
                return FileCalls.Open(task, a, b, (OpenMode)c);
            case Call.Remove:
                return FileCalls.Remove(task, a, b);
            case Call.Extend:
                return TaskCalls.Extend(task, a);
            case Call.SetPriority:
                return TaskCalls.SetPriority(task, a);
            case Call.GetSystem:
                return InformationCalls.GetSystem(task, a);
            case Call.GetTask:
                return InformationCalls.GetTask(task, a, b);
            case Call.GetFile:
                return InformationCalls.GetFile(task, a, b);
            case Call.Power:
                if (a == 0)
                {
                    Power.Off();
                }

                Power.Restart();
                return 0;
            case Call.GetId:
                return task->Id;
            case Call.Kill:
                return TaskCalls.Kill(task, a);
            case Call.GetTurns:
                return a < (ulong)Processors.Count ? Processors.At((int)a)->Turns : (long)CallError.NotFound;
            case Call.TryProcessors:
                return ProcessorTrials.Run(a);
            default:
                return (long)CallError.Unknown;
        }
    }
}
