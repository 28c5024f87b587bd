// The one lock of the kernel: a processor has it from its way in, by a system call, an interrupt or out of HLT, to its
// way out. So the kernel runs on one processor at a time, and programs on all of them. Who waits for the lock does
// meanwhile what others ask of it (Requests): whoever has the lock may wait for that.
namespace MinusOne.Guests.Kernel.Machine;

internal static unsafe class KernelLock
{
    private static SpinLock s_lock;

    public static void Enter()
    {
        Processor* processor = Cpu.CurrentProcessor();
        while (!s_lock.TryEnter())
        {
            Requests.Answer(processor);
            Cpu.Pause();
        }

        processor->IsInside = true;
        Requests.Answer(processor);
    }

    public static void Leave()
    {
        Cpu.CurrentProcessor()->IsInside = false;
        s_lock.Leave();
    }
}
