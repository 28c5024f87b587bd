// Starts all processors but the one that firmware started: INIT, then twice a start-up interrupt, which begins at the
// page that its vector names. SDM 3A 10.4.4 MP Initialization Example. One after the other; whoever does not come is
// done without.

using System;
using System.Runtime;
using System.Threading;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Boot;

internal static unsafe class OtherProcessors
{
    private const uint Init = 0x4500;
    private const uint StartUp = 0x4600 | (StartArea.Address >> 12);
    private const ulong AfterInit = 10_000_000;
    private const ulong AfterStartUp = 1_000_000_000;
    private const int StackFrames = 2;

    public static void Start(in Madt table)
    {
        new ReadOnlySpan<byte>((void*)(ImageLayout.Start + StartArea.Code), StartArea.Data)
            .CopyTo(new Span<byte>(Frames.At(StartArea.Address), StartArea.Data));
        uint position = 0;
        while (Processors.Count < Processors.Most && table.TryNext(ref position, out uint id)
            && (id == LocalApic.Id || TryStart(id)))
        {
        }
    }

    private static bool TryStart(uint id)
    {
        // Frames that were never used follow one another.
        ulong frame = Frames.AllocateCleared();
        ulong end = frame;
        for (int i = 0; i < StackFrames; i++)
        {
            end = Frames.All.Allocate();
        }

        if (end == 0)
        {
            return false;
        }

        var processor = (Processor*)Frames.At(frame);
        processor->ApicId = id;
        *(StartArea*)(Frames.At(StartArea.Address) + StartArea.Data) = new StartArea
        {
            Root = KernelSpace.Root,
            StackTop = (ulong)Frames.At(end + FrameAllocator.FrameBytes - 0x20),
            Processor = (ulong)processor,
            Entry = Cpu.ProcessorEntryAddress(),
            Efer = Cpu.ReadMsr(Msr.Efer),
        };
        LocalApic.Send(id, Init);
        HasBegun(processor, AfterInit);
        for (int i = 0; i < 2; i++)
        {
            LocalApic.Send(id, StartUp);
            if (HasBegun(processor, AfterStartUp))
            {
                Processors.Add(processor);
                return true;
            }
        }

        return false;
    }

    private static bool HasBegun(Processor* processor, ulong nanoseconds)
    {
        ulong end = Clock.Now + Clock.Ticks(nanoseconds);
        while (!Volatile.Read(ref processor->HasBegun))
        {
            if (Clock.Now >= end)
            {
                return false;
            }

            Cpu.Pause();
        }

        return true;
    }

    // The first steps of another processor in C#.
    [RuntimeExport("ProcessorMain")]
    private static void Begin(Processor* processor)
    {
        Features.Enable();
        ExtendedState.Enable();
        DescriptorTables.Load(processor);
        LocalApic.Enable();
        Timer.Initialize();
        Volatile.Write(ref processor->HasBegun, true);
        KernelLock.Enter();
        Scheduler.Run();
    }
}
