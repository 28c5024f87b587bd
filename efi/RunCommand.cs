// `run GUEST...`: leave the firmware, stand on our own feet, and hand over to the hypervisor. Everything that needs
// firmware (files, memory, the screen's address) is done before; what is done after cannot go back.

using System;
using System.Runtime;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Host;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Clocks;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class RunCommand
{
    private static Installation s_installation;
    private static ulong s_missing;

    private static ref Machine Machine => ref s_installation.Machine;

    public static ref Debugger Debugger => ref s_installation.Debugger;

    // The TSC when our entry point was called.
    public static ulong EntryTsc { set => Machine.EntryTsc = value; }

    // Comes back only if the machine is still the firmware's.
    public static EfiStatus Run(OptionText options, ReadOnlySpan<byte> guests)
    {
        if (!RunOrders.TryRead(options, guests))
        {
            return Ending.Refuse(EfiStatus.InvalidParameter);
        }

        Machine.Facts = Examine(options);
        Refusal refusal = Machine.Facts.Verdict;
        int processors = ProcessorChoice.Make(RunOrders.AreFollowed);
        if (refusal == Refusal.None && !HostMemory.TryAllocate(processors, RunOrders.OtherBytes))
        {
            refusal = Refusal.NoMemory;
            if (RunOrders.OtherBytes != 0)
            {
                return NotEnough();
            }
        }

        if (refusal != Refusal.None)
        {
            return Ending.Refuse(EfiStatus.Unsupported, Names.OfRefusal((uint)refusal));
        }

        Machine.TscHertz = MachineTables.MeasureTsc();
        if (Machine.TscHertz == 0)
        {
            return Ending.Refuse(EfiStatus.Unsupported, TscClock.NoClock);
        }

        Prepare();
        if (!Departure.TryLeave(ref Machine) || !TryStandAlone())
        {
            Screen.Take(); // under firmware's own tables, by which it drew
            Panic.Fail("firmware did not let go of the machine, or its memory map is too long"u8);
        }

        HostCpu.ContinueOnStack(HostMemory.Block(0)->StackTop(0));
        return EfiStatus.Aborted;
    }

    public static CpuFacts Examine(OptionText options)
    {
        CpuFacts facts = CpuFacts.Read();
        if (!OptionValues.IsOn(options, "mitigations"u8, otherwise: true))
        {
            facts.Speculation.TurnOff();
        }

        return facts;
    }

    // The last that firmware is asked for.
    private static void Prepare()
    {
        Ending.Prepare();
        Keyboard.Prepare();
        Machine.Date = FirmwareClock.Read();
        Machine.DateTsc = Cpu.ReadTsc();
    }

    // Memory that guests do not touch is never needed: one alone may be given more than there is.
    private static EfiStatus NotEnough()
    {
        ulong wanted = RunOrders.OtherBytes + RunOrders.Each[0].MemoryBytes;
        Writer.Log.Text("minusone: the guests together want "u8).Size(wanted)
            .Text(" of memory, and there is less; give them less"u8).EndLine();
        return Ending.Refuse(EfiStatus.OutOfResources);
    }

    // Descriptor tables, page tables, and the features the host itself counts on.
    private static bool TryStandAlone()
    {
        DescriptorTables.Build();
        DescriptorTables.Load(HostMemory.Block(0));

        // A machine check is told from now on: without the bit it would reset the machine.
        Cpu.WriteCr4(Cpu.ReadCr4() | (ulong)Cr4.MachineCheckEnable);
        Machine.Processors[0].Host = DescriptorTables.StateOf(HostMemory.Block(0));
        PhysicalRange* pool = stackalloc PhysicalRange[FramePool.MaximumRanges];
        var ranges = new Span<PhysicalRange>(pool, FramePool.MaximumRanges);
        ranges[0] = HostMemory.Pool;
        int count = 1 + Promise(ranges[1..]);
        fixed (FramePool* frames = &Machine.Frames)
        {
            if (!frames->Initialize(ranges[..count]) || !HostTables.TryBuild(ref Machine, frames))
            {
                return false;
            }
        }

        HostTables.TurnOn();
        Screen.Take();
        return true;
    }

    // What the first guest is promised and cannot have at its own address comes from the memory behind it, as far as
    // there is any, and not from what others were promised.
    private static int Promise(Span<PhysicalRange> ranges)
    {
        ulong most = 0;
        foreach (ref readonly RunSettings settings in RunOrders.Each)
        {
            most = Math.Max(most, settings.MemoryBytes);
            if (settings.AreTogether)
            {
                break;
            }
        }

        ulong lacking = Machine.Memory.Lacking(new Hpa(most));
        int count = lacking <= HostMemory.SpareBytes ? 0 : Machine.Memory.Take(new Hpa(most), lacking, ranges);
        s_missing = lacking > HostMemory.SpareBytes ? lacking : 0;
        foreach (ref readonly PhysicalRange range in ranges[..count])
        {
            s_missing -= range.Length;
        }

        return count;
    }

    [RuntimeExport("RunOnOwnStack")]
    private static void OnOwnStack()
    {
        Streams.AskForInput();
        Machine.Mtrr = Mtrr.Read(Machine.Facts.Processor.PhysicalAddressBits);
        MachineQuiet.Tell();
        Keyboard.Open(Machine.TscHertz);
        Keyboard.Describe();
        Writer.Log.Text("firmware has left; "u8).Size(Machine.Memory.Total(PhysicalKind.Usable)).Text(" usable, "u8)
            .Decimal(Machine.Frames.Available).Text(" frames in the pool, TSC "u8)
            .Decimal((Machine.TscHertz + 500_000) / 1_000_000)
            .Text(" MHz; Ctrl-A x ends the run, Ctrl-A h helps"u8).EndLine();
        OtherProcessors.StartOthers(in Machine.Memory, Machine.TscHertz, Machine.Facts.Speculation.IsWanted);
        if (RunOrders.Names.SequenceEqual(HostFault.Name))
        {
            HostFault.Raise();
        }

        if (RunOrders.OtherBytes != 0 && s_missing != 0)
        {
            NotEnough();
            Ending.Alone(Machine.TscHertz);
        }

        uint failed;
        fixed (Installation* installation = &s_installation)
        {
            Machine* machine = installation->Connect();
            OtherProcessors.Join(machine);
            failed = Hypervisor.Run(machine, RunOrders.Names, Guests.All, RunOrders.Each);
        }

        Ending.Result(failed == 0 ? 0u : 1,
            Machine.IsStopped ? "stopped"u8 : failed == 0 ? "as-expected"u8 : "otherwise"u8);
        Ending.Alone(Machine.TscHertz);
    }
}
