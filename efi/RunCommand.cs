// `run GUEST...`: leave the firmware, stand on our own feet, and hand over to the hypervisor. Everything that needs
// firmware (files, memory, the screen's address) is done before; what is done after cannot go back.

using System;
using System.Runtime;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Host;
using MinusOne.Efi.Options;
using MinusOne.Hv;
using MinusOne.Hv.Examination;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Report;
using MinusOne.Hv.X86;

namespace MinusOne.Efi;

internal static unsafe class RunCommand
{
    private const uint NoGuest = 2;

    private static Machine s_machine;
    private static RunSettings s_settings;
    private static GuestList s_guests;
    private static ulong s_others;

    // Comes back only if the machine is still the firmware's.
    public static EfiStatus Run(OptionText options, ReadOnlySpan<byte> guests)
    {
        if (!Guests.TryUnpack())
        {
            Writer.Log.Text("minusone: "u8).Text(Refusals.Sentence(Refusal.NoMemory)).EndLine();
            Ending.Result(status: 2, "refused"u8);
            return EfiStatus.OutOfResources;
        }

        if (!TryReadSettings(options, guests))
        {
            Ending.Result(NoGuest, "refused"u8);
            return EfiStatus.InvalidParameter;
        }

        s_machine.Facts = CpuFacts.Read();
        Refusal refusal = s_machine.Facts.Verdict;
        if (refusal == Refusal.None && !HostMemory.TryAllocate(s_others))
        {
            refusal = Refusal.NoMemory;
        }

        if (refusal != Refusal.None)
        {
            Writer.Log.Text("minusone: "u8).Text(Refusals.Sentence(refusal)).EndLine();
            Ending.Result(status: 2, "refused"u8);
            return EfiStatus.Unsupported;
        }

        s_machine.Date = FirmwareClock.Read();
        s_machine.DateTsc = Cpu.ReadTsc();
        if (!Departure.TryLeave(ref s_machine) || !TryStandAlone())
        {
            Panic.Fail("firmware did not let go of the machine, or its memory map is too long"u8);
        }

        HostCpu.ContinueOnStack(HostMemory.StackTop(0));
        return EfiStatus.Aborted;
    }

    private static bool TryReadSettings(OptionText options, ReadOnlySpan<byte> guests)
    {
        int count = 0;
        bool hasKernel = false;
        foreach (ReadOnlySpan<byte> name in new Words(guests))
        {
            count++;
            hasKernel |= GuestNames.IsFile(name);
            if (GuestNames.IndexOf(name, Guests.All) < 0 && !GuestNames.IsFile(name)
                && !name.SequenceEqual(GuestNames.All)
                && !name.SequenceEqual(HostFault.Name))
            {
                Writer.Log.Text("minusone: there is no guest '"u8).Text(name).Text("'; --list shows them"u8).EndLine();
                return false;
            }
        }

        // Demonstrations are shown one after the other unless it is said otherwise; kernels are not there to end.
        s_settings.AreTogether = count > 1 && (options.TryGet("together"u8, out ReadOnlySpan<byte> together)
            ? together.SequenceEqual("on"u8) : hasKernel);
        if (s_settings.AreTogether && count > Seats.Most)
        {
            Writer.Log.Text("minusone: at most 9 guests at the same time"u8).EndLine();
            return false;
        }

        s_settings.MemoryBytes = RunSettings.DefaultMemory;
        if (options.TryGet("memory"u8, out ReadOnlySpan<byte> memory)
            && (!Number.TryParseSize(memory, out s_settings.MemoryBytes) || (s_settings.MemoryBytes & 0xFFF) != 0
                || s_settings.MemoryBytes is 0 or > RunSettings.MostMemory))
        {
            Writer.Log.Text("minusone: memory = "u8).Text(memory)
                .Text(" is no size: give 64K to 3G, in whole pages, like 32M"u8).EndLine();
            return false;
        }

        // The first guest has its memory where it is; the others' comes from ours.
        s_others = s_settings.AreTogether ? (ulong)(count - 1) * s_settings.MemoryBytes : 0;
        s_settings.Seed = NumberOf(options, "seed"u8, 1);
        s_settings.Count = NumberOf(options, "count"u8, guests.SequenceEqual(GuestNames.All) ? 1_000u : 10_000u);
        s_settings.Trace = options.TryGet("trace"u8, out ReadOnlySpan<byte> trace) && trace.SequenceEqual("on"u8);
        return KernelOptions.TryRead(options, guests, ref s_settings) && s_guests.TrySet(guests);
    }

    private static ulong NumberOf(OptionText options, ReadOnlySpan<byte> key, ulong otherwise) =>
        options.TryGet(key, out ReadOnlySpan<byte> text) && Number.TryParse(text, out ulong value) ? value : otherwise;

    // Descriptor tables, page tables, and the features the host itself counts on.
    private static bool TryStandAlone()
    {
        DescriptorTables.Load(
            HostMemory.StackTop(1), HostMemory.StackTop(2), HostMemory.StackTop(3), HostMemory.StackTop(4));
        s_machine.Host = DescriptorTables.State;
        PhysicalRange pool = HostMemory.Pool;
        fixed (FramePool* frames = &s_machine.Frames)
        {
            if (!frames->Initialize(new ReadOnlySpan<PhysicalRange>(in pool))
                || !HostTables.TryBuild(ref s_machine, frames))
            {
                return false;
            }
        }

        Cpu.WriteMsr((uint)Msr.Efer, Cpu.ReadMsr((uint)Msr.Efer) | (ulong)Efer.ExecuteDisableEnable);
        Cpu.WriteCr0(Cpu.ReadCr0() | (ulong)Cr0.WriteProtect);
        Cpu.WriteCr3(HostTables.Root.Value);
        return true;
    }

    [RuntimeExport("RunOnOwnStack")]
    private static void OnOwnStack()
    {
        Streams.AskForInput();
        s_machine.TscHertz = TscCalibration.Measure();
        s_machine.Mtrr = MtrrReader.Read(s_machine.Facts.Processor.PhysicalAddressBits);
        Writer.Log.Text("firmware has left; "u8).Size(s_machine.Memory.Total(PhysicalKind.Usable)).Text(" usable, "u8)
            .Decimal(s_machine.Frames.Available).Text(" frames in the pool, TSC "u8)
            .Decimal((s_machine.TscHertz + 500_000) / 1_000_000)
            .Text(" MHz; Ctrl-A x ends the run, Ctrl-A h helps"u8).EndLine();
        if (s_guests.Names.SequenceEqual(HostFault.Name))
        {
            HostFault.WriteToPageZero();
        }

        uint failed;
        fixed (Machine* machine = &s_machine)
        {
            failed = Hypervisor.Run(machine, s_guests.Names, Guests.All, s_settings);
        }

        Ending.Result(failed == 0 ? 0u : 1,
            s_machine.Console.IsStopped ? "stopped"u8 : failed == 0 ? "as-expected"u8 : "otherwise"u8);
        PowerSwitch.Off();
    }
}
