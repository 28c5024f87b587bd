// What all processors try together, for `selftest`: whether a lock keeps them apart, whether interrupts reach each of
// them, and whether a page that is taken away or changed is so for all.

using System.Threading;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Calls;

internal static unsafe class ProcessorTrials
{
    private const uint Rounds = 20_000;
    private const uint Interrupts = 50;
    private const ulong Longest = 2_000_000_000;

    private static SpinLock s_lock;
    private static uint s_count;
    private static uint s_arrived;
    private static ulong s_page;

    // 1 if all went well.
    public static long Run(ulong trial) => trial switch
    {
        0 => CountsTogether(),
        1 => InterruptsArrive(),
        2 => PagesChange(),
        _ => false,
    } ? 1 : (long)CallError.Unknown;

    // A processor's part in it, at the same time as the others.
    public static void Work(Processor* processor)
    {
        if (s_page != 0)
        {
            processor->Seen = *(ulong*)s_page;
            return;
        }

        // All at the same time, or they would not meet.
        Interlocked.Increment(ref s_arrived);
        while (Volatile.Read(ref s_arrived) < Processors.Count)
        {
            Cpu.Pause();
        }

        for (uint i = 0; i < Rounds; i++)
        {
            while (!s_lock.TryEnter())
            {
                Cpu.Pause();
            }

            uint count = Volatile.Read(ref s_count);
            Cpu.ReadTsc();
            Volatile.Write(ref s_count, count + 1);
            s_lock.Leave();
        }
    }

    private static bool CountsTogether()
    {
        s_count = s_arrived = 0;
        Requests.Make(Request.Work, ofIdle: true);
        Work(Cpu.CurrentProcessor());
        Requests.Await(ofIdle: true);
        return s_count == Rounds * Processors.Count;
    }

    // A processor that waits for the kernel's lock takes no interrupts, so it must be free meanwhile.
    private static bool InterruptsArrive()
    {
        KernelLock.Leave();
        bool good = true;
        for (int i = 0; i < Interrupts * Processors.Count; i++)
        {
            Processor* other = Processors.At(i % Processors.Count);
            if (other != Cpu.CurrentProcessor())
            {
                good &= Arrives(other);
            }
        }

        KernelLock.Enter();
        return good;
    }

    private static bool Arrives(Processor* other)
    {
        uint before = Volatile.Read(ref other->Interrupts);
        ulong end = Clock.Now + Clock.Ticks(Longest);
        LocalApic.Send(other->ApicId, Requests.Vector);
        while (Volatile.Read(ref other->Interrupts) == before)
        {
            if (Clock.Now >= end)
            {
                return false;
            }

            Requests.Answer(Cpu.CurrentProcessor());
            Cpu.Pause();
        }

        return true;
    }

    // One page of another, seen by all; then the same place shows another page. It lies below the first kernel stack,
    // where nothing is otherwise.
    private static bool PagesChange()
    {
        ulong first = Frames.AllocateCleared();
        ulong second = Frames.AllocateCleared();
        bool good = first != 0 && second != 0;
        if (good)
        {
            *(ulong*)Frames.At(second) = 1;
            s_page = KernelSpace.StackArea;
            good = AllSee(first, 0) & AllSee(second, 1) & AllSee(first, 0);
            Map(0);
            s_page = 0;
        }

        Frames.All.Release(first);
        Frames.All.Release(second);
        return good;
    }

    private static bool AllSee(ulong frame, ulong value)
    {
        Map(frame | PageEntry.Present);
        Requests.Make(Request.Work, ofIdle: true);
        Work(Cpu.CurrentProcessor());
        Requests.Await(ofIdle: true);
        bool good = true;
        for (int i = 0; i < Processors.Count; i++)
        {
            good &= Processors.At(i)->Seen == value;
        }

        return good;
    }

    private static void Map(ulong entry)
    {
        *KernelSpace.StackEntry(KernelSpace.StackArea) = entry;
        Cpu.InvalidatePage(KernelSpace.StackArea);
        Requests.Make(Request.Forget, ofIdle: true);
        Requests.Await(ofIdle: true);
    }
}
