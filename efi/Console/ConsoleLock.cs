// One processor at a time has what lies behind hv/Seam/Host.cs: the ports, the screen, the keyboard and the buffers
// before them. A line of the log is one processor's from its first piece to its end. As long as the machine works with
// one processor there is nothing to take. A panic takes the console whatever anybody else is at, and keeps it.

using System.Threading;
using MinusOne.Efi.Host;

namespace MinusOne.Efi.Console;

internal static unsafe class ConsoleLock
{
    // Some seconds: who has begun a line and writes nothing for so long has forgotten it.
    private const ulong MostTicks = 1UL << 33;

    private static bool s_isShared;
    private static ulong s_owner;
    private static ulong s_panicking;

    public static void Share(bool isShared)
    {
        s_isShared = isShared;
        Outbox.Share(isShared);
    }

    public static void Enter()
    {
        if (s_isShared)
        {
            Take(ProcessorBlock.Current);
        }
    }

    public static void Leave()
    {
        if (s_isShared)
        {
            Release(ProcessorBlock.Current);
        }
    }

    // What was written to the log last; empty text changes nothing.
    public static void NoteLine(System.ReadOnlySpan<byte> text)
    {
        if (s_isShared && !text.IsEmpty)
        {
            ProcessorBlock.Current->IsInLine = text[text.Length - 1] != '\n';
        }
    }

    // Comes back for the first that panics, and stops every other.
    public static void Seize()
    {
        if (s_isShared)
        {
            ProcessorBlock* block = ProcessorBlock.Current;
            ulong other = Interlocked.CompareExchange(ref s_panicking, (ulong)block, 0);
            HaltUnlessOwn(block, other);
            Volatile.Write(ref s_owner, (ulong)block);
            block->ConsoleDepth++;
        }
    }

    private static void Take(ProcessorBlock* block)
    {
        ulong begin = Cpu.ReadTsc();
        ulong owner = Volatile.Read(ref s_owner);
        while (owner != (ulong)block)
        {
            if (owner == 0 || IsForgotten((ProcessorBlock*)owner, begin))
            {
                ulong before = Interlocked.CompareExchange(ref s_owner, (ulong)block, owner);
                owner = before == owner ? (ulong)block : before;
                continue;
            }

            HaltUnlessOwn(block, Volatile.Read(ref s_panicking));
            Cpu.Pause();
            owner = Volatile.Read(ref s_owner);
        }

        block->ConsoleDepth++;
    }

    private static void Release(ProcessorBlock* block)
    {
        block->ConsoleDepth--;
        if (block->ConsoleDepth == 0 && !block->IsInLine)
        {
            Interlocked.CompareExchange(ref s_owner, 0, (ulong)block);
        }
    }

    private static bool IsForgotten(ProcessorBlock* owner, ulong begin) =>
        Cpu.ReadTsc() - begin > MostTicks && Volatile.Read(ref owner->ConsoleDepth) == 0;

    private static void HaltUnlessOwn(ProcessorBlock* block, ulong other)
    {
        while (other != 0 && other != (ulong)block)
        {
            HostCpu.DisableInterrupts();
            HostCpu.Halt();
        }
    }
}
