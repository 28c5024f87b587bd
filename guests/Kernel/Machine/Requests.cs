// What one processor asks of the others, and waits for: to forget cached translations, which one processor's INVLPG
// does not reach (SDM 3A 5.10.5 Propagation of Paging-Structure Changes to Multiple Processors), or to take part in a
// trial. Whoever asks has the kernel's lock. An interrupt makes the others look; who waits for the lock looks by
// itself, and one that is idle forgets when it wakes.

using System;
using System.Threading;
using MinusOne.Guests.Kernel.Calls;
using MinusOne.Guests.Kernel.Devices;

namespace MinusOne.Guests.Kernel.Machine;

[Flags]
internal enum Request : uint
{
    None = 0,
    Forget = 1u << 0,
    Work = 1u << 1,
}

internal static unsafe class Requests
{
    public const uint Vector = 0x26;

    public static void Make(Request request, bool ofIdle)
    {
        for (int i = 0; i < Processors.Count; i++)
        {
            Processor* other = Processors.At(i);
            if (other != Cpu.CurrentProcessor())
            {
                Interlocked.Or(ref other->Asked, (uint)request);
                if (ofIdle || !other->IsIdle)
                {
                    LocalApic.Send(other->ApicId, Vector);
                }
            }
        }
    }

    public static void Await(bool ofIdle)
    {
        for (int i = 0; i < Processors.Count; i++)
        {
            Processor* other = Processors.At(i);
            bool isAsked = other != Cpu.CurrentProcessor() && (ofIdle || !other->IsIdle);
            while (isAsked && Volatile.Read(ref other->Asked) != 0)
            {
                Cpu.Pause();
            }
        }
    }

    public static void Answer(Processor* processor)
    {
        var asked = (Request)Volatile.Read(ref processor->Asked);
        if (asked == Request.None)
        {
            return;
        }

        if ((asked & Request.Forget) != 0)
        {
            Cpu.WriteCr3(Cpu.ReadCr3());
        }

        if ((asked & Request.Work) != 0)
        {
            ProcessorTrials.Work(processor);
        }

        Interlocked.And(ref processor->Asked, ~(uint)asked);
    }
}
