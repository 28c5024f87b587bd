// Starting the other processors that a run is to have, one after the other: INIT, two start-up messages, and from real
// mode to the stack of a block of its own. One that does not come in time, or is not like the first, is stopped again
// and left out. SDM 3A 9.4.4 MP Initialization Example.

using System;
using System.Runtime;
using System.Threading;
using MinusOne.Efi.Console;
using MinusOne.Efi.Metal;

namespace MinusOne.Efi.Host;

internal static unsafe class OtherProcessors
{
    private const ulong Page = 4096;
    private const ulong FirstPage = 0x1000;
    private const ulong EndOfLowMemory = 0xA_0000;
    private const uint InitMessage = 0x4500;
    private const uint StartUpMessage = 0x4600;
    private const ulong InitMicroseconds = 10_000;
    private const ulong StartUpMicroseconds = 200;
    private const ulong MostMicroseconds = 500_000;
    private const ulong MostDistance = 1_000;
    private const uint MostXapicId = 0xFE;
    private const ulong ApicEnabled = 1 << 11;

    private static ProcessorState s_first;
    private static ulong s_hertz;
    private static int s_atWork = 1;

    // How many work, of the blocks that there are.
    public static int AtWork => s_atWork;

    // Those that are asked for and that firmware lists, the first one among them. A block of one that is left out
    // stays unused: the blocks of those at work are not all neighbours. Two threads of a core learn of one another's
    // secrets while both run, so where a processor has to be made to forget, a core has one guest at a time.
    public static void StartOthers(in PhysicalMap memory, ulong tscHertz, bool areThreadsLeftOut)
    {
        s_hertz = tscHertz;
        HostMemory.Block(0)->Arrival = (uint)ArrivalState.There;
        if (HostMemory.Processors == 1)
        {
            return;
        }

        bool hasApic = (Cpu.ReadMsr(Msr.ApicBase) & ApicEnabled) != 0;
        if (!TryFindPages(in memory, out ulong page) || !hasApic)
        {
            Writer.Log.Text("processors: 1 is at work, for "u8)
                .Text(hasApic ? "there is no memory below 640 KiB to start others"u8 : "its local APIC is off"u8)
                .EndLine();
            return;
        }

        s_first.Read();
        HostMemory.Block(0)->ApicId = ProcessorState.OwnApicId;
        ConsoleLock.Share(true);
        Prepare(page);
        StartListed((StartUpData*)(page + StartUpData.Offset), page, areThreadsLeftOut);
        Cpu.ClearFrame((void*)page);
        Cpu.ClearFrame((void*)(page + Page));
        ConsoleLock.Share(s_atWork > 1);
        Writer.Log.Text("processors: "u8).Decimal((ulong)s_atWork).Text(" of "u8)
            .Decimal((ulong)HostMemory.Processors).Text(" at work"u8).EndLine();
    }

    // The hypervisor has them from here on, one behind the other.
    public static void Join(Machine* machine)
    {
        machine->ProcessorCount = s_atWork;
        int number = 0;
        for (int i = 0; i < HostMemory.Processors; i++)
        {
            ProcessorBlock* block = HostMemory.Block(i);
            if (block->Arrival == (uint)ArrivalState.There)
            {
                HostProcessor* processor = machine->At(number++);
                processor->ApicId = block->ApicId;
                processor->Host = DescriptorTables.StateOf(block);
                Volatile.Write(ref block->Place, (ulong)processor);
            }
        }
    }

    private static void StartListed(StartUpData* data, ulong page, bool areThreadsLeftOut)
    {
        ProcessorState.LetMessagesIn();
        ref readonly ProcessorList list = ref MachineTables.Processors;
        int number = 1;
        uint threads = 0;
        for (int i = 0; i < list.Count && number < HostMemory.Processors; i++)
        {
            if (list[i] == HostMemory.Block(0)->ApicId)
            {
                continue;
            }

            if (areThreadsLeftOut && HostMemory.HasCore(list[i], number))
            {
                threads++;
                continue;
            }

            ProcessorBlock* block = HostMemory.Block(number++);
            block->ApicId = list[i];
            data->Stack = block->StackTop(0);
            Start(block, page);
        }

        if (threads != 0)
        {
            Writer.Log.Text("processors: "u8).Decimal(threads)
                .Text(" left out, whose core has one already; mitigations = off takes them"u8).EndLine();
        }
    }

    private static void Start(ProcessorBlock* block, ulong page)
    {
        if (!s_first.IsX2Apic && block->ApicId > MostXapicId)
        {
            LeaveOut(block, "cannot be reached without x2APIC"u8);
            return;
        }

        ClockMeeting.Prepare();
        Cpu.SendCommand(block->ApicId, InitMessage);
        Wait(InitMicroseconds);
        Cpu.SendCommand(block->ApicId, StartUpMessage | (uint)(page >> 12));
        if (!HasArrived(block, StartUpMicroseconds))
        {
            Cpu.SendCommand(block->ApicId, StartUpMessage | (uint)(page >> 12));
        }

        if (!HasArrived(block, MostMicroseconds))
        {
            Interlocked.CompareExchange(ref block->Arrival, (uint)ArrivalState.TooLate, (uint)ArrivalState.Awaited);
        }

        switch ((ArrivalState)Volatile.Read(ref block->Arrival))
        {
            case ArrivalState.There:
                MeasureClock(block);
                return;
            case ArrivalState.OtherFeatures:
                Stop(block, "has other features than the first"u8);
                return;
            case ArrivalState.OtherMemoryTypes:
                Stop(block, "has other MTRRs than the first"u8);
                return;
            default:
                Stop(block, "has not come"u8);
                return;
        }
    }

    private static void MeasureClock(ProcessorBlock* block)
    {
        if (!ClockMeeting.TryMeasure(TicksOf(MostMicroseconds), out block->TscAhead, out ulong doubt))
        {
            Volatile.Write(ref block->Arrival, (uint)ArrivalState.TooLate);
            Stop(block, "does not answer"u8);
            return;
        }

        ulong distance = (ulong)Math.Abs(block->TscAhead);
        if (distance > doubt && distance - doubt > TicksOf(MostDistance))
        {
            Volatile.Write(ref block->Arrival, (uint)ArrivalState.TooLate);
            Stop(block, "has a TSC that is far from the first one's"u8);
            return;
        }

        s_atWork++;
        if (distance > doubt && distance - doubt > TicksOf(1))
        {
            Writer.Log.Text("processors: the TSC of the one with APIC id "u8).Hex(block->ApicId).Text("h is "u8)
                .Decimal(distance / TicksOf(1)).Text(block->TscAhead < 0 ? " us behind"u8 : " us ahead"u8).EndLine();
        }
    }

    // Wherever it is, it waits for a start-up message from now on.
    private static void Stop(ProcessorBlock* block, ReadOnlySpan<byte> why)
    {
        Cpu.SendCommand(block->ApicId, InitMessage);
        Wait(InitMicroseconds);
        LeaveOut(block, why);
    }

    private static void LeaveOut(ProcessorBlock* block, ReadOnlySpan<byte> why) =>
        Writer.Log.Text("processors: the one with APIC id "u8).Hex(block->ApicId).Text("h "u8).Text(why)
            .Text(", and is left out"u8).EndLine();

    // Two pages: what it executes, and tables below 4 GiB, which is what it can name to begin with.
    private static bool TryFindPages(in PhysicalMap memory, out ulong page)
    {
        page = 0;
        foreach (ref readonly PhysicalRange range in memory.Ranges)
        {
            ulong start = Math.Max(range.Start.Value, FirstPage);
            bool isRoom = range.Kind == PhysicalKind.Usable
                && start + (2 * Page) <= Math.Min(range.End.Value, EndOfLowMemory);
            page = page == 0 && isRoom ? start : page;
        }

        return page != 0;
    }

    private static void Prepare(ulong page)
    {
        new ReadOnlySpan<byte>(HostCpu.StartUpCodeAddress(), StartUpData.Offset)
            .CopyTo(new Span<byte>((void*)page, StartUpData.Offset));
        new ReadOnlySpan<byte>(HostTables.FirmwareView.Pointer, (int)Page)
            .CopyTo(new Span<byte>((void*)(page + Page), (int)Page));
        var data = (StartUpData*)(page + StartUpData.Offset);
        *data = default;
        DescriptorTables.WriteFlat(data->Descriptors);
        data->DescriptorLimit = (3 * sizeof(ulong)) - 1;
        data->DescriptorBase = (uint)data;
        data->FarOffset = (uint)page + StartUpData.LongCode;
        data->FarSelector = HostSelectors.Code;
        data->Cr3 = (uint)(page + Page);
        data->Entry = HostCpu.ContinueOnArrivalAddress();
        s_first.Prepare(data);
    }

    private static bool HasArrived(ProcessorBlock* block, ulong microseconds)
    {
        ulong begin = Cpu.ReadTsc();
        while (Volatile.Read(ref block->Arrival) == (uint)ArrivalState.Awaited)
        {
            if (Cpu.ReadTsc() - begin > TicksOf(microseconds))
            {
                return false;
            }

            Cpu.Pause();
        }

        return true;
    }

    private static void Wait(ulong microseconds)
    {
        ulong begin = Cpu.ReadTsc();
        while (Cpu.ReadTsc() - begin < TicksOf(microseconds))
        {
            Cpu.Pause();
        }
    }

    private static ulong TicksOf(ulong microseconds) => s_hertz / 1_000_000 * microseconds;

    // The other processor's part, on a stack of its own.
    [RuntimeExport("RunOnArrival")]
    private static void Arrive()
    {
        ProcessorBlock* block = ProcessorBlock.Current;
        DescriptorTables.Load(block);
        s_first.TakeOver();
        ArrivalState state = s_first.Compare();
        uint before = Interlocked.CompareExchange(ref block->Arrival, (uint)state, (uint)ArrivalState.Awaited);
        if (state == ArrivalState.There && before == (uint)ArrivalState.Awaited)
        {
            ClockMeeting.Answer();
            RunOnProcessor(block);
        }

        Park();
    }

    // What a processor does that the first has started, as soon as it is told who it is.
    private static void RunOnProcessor(ProcessorBlock* block)
    {
        while (Volatile.Read(ref block->Place) == 0)
        {
            Cpu.Pause();
        }

        Orders.Serve((HostProcessor*)block->Place);
    }

    private static void Park()
    {
        while (true)
        {
            HostCpu.DisableInterrupts();
            HostCpu.Halt();
        }
    }
}
