// The story of the start: the boot page has brought the processor into 64-bit mode and calls Start. Features, memory,
// tables, devices, files, the first program; then the scheduler, for good.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Files;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Boot;

internal static unsafe class KernelMain
{
    private static Processor s_processor;

    // C# wants a Main in every program. The boot page calls Start.
    private static void Main()
    {
    }

    [RuntimeExport("KernelMain")]
    private static void Start(uint magic, MultibootInfo* info)
    {
        Uart.Initialize();
        Features.Detect();
        Features.Enable();
        ExtendedState.Enable();
        ulong memoryEnd = MultibootInfo.MemoryEnd(magic, info);
        Frames.All.Initialize(null, ImageLayout.End, memoryEnd);
        KernelSpace.Build(memoryEnd);
        var processor = (Processor*)Unsafe.AsPointer(ref s_processor);
        DescriptorTables.Load(processor);
        Processors.Add(processor);
        KernelLock.Enter();
        Madt table = Madt.Find();
        TaskTable.Initialize();
        LocalApic.Enable();
        processor->ApicId = LocalApic.Id;
        IoApic.Initialize();
        Clock.Calibrate();
        Timer.Initialize();
        OtherProcessors.Start(table);
        Uart.StartInput();
        FileSystem.Initialize();
        Writer.Console.Text("Zero, a kernel in C#: "u8).Decimal(Frames.All.FreeFrames / 256)
            .Text(" MiB free"u8);
        if (Processors.Count > 1)
        {
            Writer.Console.Text(", "u8).Decimal((ulong)Processors.Count).Text(" processors"u8);
        }

        Writer.Console.Text("; type help\n"u8);
        StartShell();
        Scheduler.Run();
    }

    public static void StartShell()
    {
        if (!Process.TryStartFirst("shell"u8))
        {
            Panic.Fail("no shell"u8);
        }
    }
}
