// System calls that only tell.

using System;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Files;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Calls;

internal static unsafe class InformationCalls
{
    public static long GetSystem(Task* task, ulong answer)
    {
        SystemInformation information = new()
        {
            Features = Features.All,
            SerialInterrupts = Uart.HasInterrupts,
            ClockSource = Clock.Source,
            Processors = (uint)Processors.Count,
            AllFrames = Frames.All.AllFrames,
            FreeFrames = Frames.All.FreeFrames,
            TscHertz = Clock.TscHertz,
            ApicHertz = Clock.ApicHertz,
            TscByHpet = Clock.TscByHpet,
            TscByPit = Clock.TscByPit,
            TimerCount = Counters.TimerInterrupts,
            SerialCount = Counters.SerialInterrupts,
            PageFaults = Counters.PageFaults,
            PagesCopied = Counters.PagesCopied,
            Switches = Counters.Switches,
            SystemCalls = Counters.SystemCalls,
        };
        return Give(task, answer, &information, sizeof(SystemInformation));
    }

    public static long GetTask(Task* task, ulong number, ulong answer)
    {
        if (number >= TaskTable.Capacity)
        {
            return (long)CallError.NotFound;
        }

        Task* other = TaskTable.At((int)number);
        if (other->State == TaskState.Free)
        {
            return 0;
        }

        TaskInformation information = new()
        {
            Id = other->Id,
            Parent = other->Parent == null ? 0 : other->Parent->Id,
            State = (byte)other->State,
            Priority = other->Priority,
            NameLength = other->NameLength,
            Pages = other->Root == 0 ? 0 : AddressSpace.CountPages(other->Root),
            UsedNanoseconds = Clock.InNanoseconds(other->Used + (other == task ? Clock.Now - other->Since : 0)),
        };
        var name = new ReadOnlySpan<byte>(other->Name, Task.LongestName);
        name.CopyTo(new Span<byte>(information.Name, Task.LongestName));
        long error = Give(task, answer, &information, sizeof(TaskInformation));
        return error < 0 ? error : 1;
    }

    public static long GetFile(Task* task, ulong number, ulong answer)
    {
        FileNode* node = FileSystem.Tree.At(number < FileTree.Capacity ? (int)number : -1);
        if (node == null || node->Kind == FileKind.None)
        {
            return node == null ? (long)CallError.NotFound : 0;
        }

        FileInformation information = new()
        {
            Bytes = (uint)node->Length,
            Kind = (byte)node->Kind,
            NameLength = node->NameLength,
        };
        node->Text.CopyTo(new Span<byte>(information.Name, FileNode.LongestName));
        long error = Give(task, answer, &information, sizeof(FileInformation));
        return error < 0 ? error : 1;
    }

    private static long Give(Task* task, ulong answer, void* information, int bytes) =>
        UserMemory.TryWrite(task, answer, new ReadOnlySpan<byte>(information, bytes)) ? 0 : (long)CallError.BadAddress;
}
