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
    private const ulong MostSeconds = 1_000_000;

    private static Installation s_installation;
    private static RunSettings s_settings;
    private static GuestList s_guests;
    private static ulong s_others;
    private static ulong s_missing;
    private static Each s_each;

    private static ref Machine Machine => ref s_installation.Machine;

    // The TSC when our entry point was called.
    public static ulong EntryTsc { set => Machine.EntryTsc = value; }

    // Comes back only if the machine is still the firmware's.
    public static EfiStatus Run(OptionText options, ReadOnlySpan<byte> guests)
    {
        if (!TryReadSettings(options, guests))
        {
            return Ending.Refuse(EfiStatus.InvalidParameter);
        }

        Machine.Facts = CpuFacts.Read();
        Refusal refusal = Machine.Facts.Verdict;
        if (refusal == Refusal.None && !HostMemory.TryAllocate(s_others))
        {
            refusal = Refusal.NoMemory;
            if (s_others != 0)
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

        Ending.Prepare();
        Machine.Date = FirmwareClock.Read();
        Machine.DateTsc = Cpu.ReadTsc();
        if (!Departure.TryLeave(ref Machine) || !TryStandAlone())
        {
            Screen.Take(); // under firmware's own tables, by which it drew
            Panic.Fail("firmware did not let go of the machine, or its memory map is too long"u8);
        }

        HostCpu.ContinueOnStack(HostMemory.StackTop(0));
        return EfiStatus.Aborted;
    }

    // Memory that guests do not touch is never needed: one alone may be given more than there is.
    private static EfiStatus NotEnough()
    {
        Writer.Log.Text("minusone: the guests together want "u8).Size(s_others + s_each[0].MemoryBytes)
            .Text(" of memory, and there is less; give them less"u8).EndLine();
        return Ending.Refuse(EfiStatus.OutOfResources);
    }

    private static bool TryReadSettings(OptionText options, ReadOnlySpan<byte> guests)
    {
        int count = 0;
        bool hasKernel = false;
        foreach (ReadOnlySpan<byte> name in new WordList(guests))
        {
            count++;
            bool isDescribed = RunOptions.File.TryGet(name, out _);
            hasKernel |= isDescribed || GuestNames.IsFile(name);
            if (!isDescribed && GuestNames.IndexOf(name, Guests.All) < 0 && !GuestNames.IsFile(name)
                && !name.SequenceEqual(GuestNames.All)
                && !name.SequenceEqual(HostFault.Name))
            {
                return NoGuest(name);
            }
        }

        // Demonstrations are shown one after the other unless it is said otherwise; kernels are not there to end.
        s_settings.AreTogether = count > 1 && (options.TryGet("together"u8, out ReadOnlySpan<byte> together)
            ? together.SequenceEqual("on"u8) : hasKernel);
        if (s_settings.AreTogether && count > VmSlots.Most)
        {
            Writer.Log.Text("minusone: at most 64 guests at the same time"u8).EndLine();
            return false;
        }

        s_guests.Set(guests);
        return TryReadValues(options, areAll: guests.SequenceEqual(GuestNames.All))
            && KernelOptions.TryRead(options, guests, ref s_settings)
            && TryReadEach(options, guests);
    }

    // What is said for all guests.
    private static bool TryReadValues(OptionText options, bool areAll)
    {
        s_settings.MemoryBytes = RunSettings.DefaultMemory;
        if (options.TryGet("memory"u8, out ReadOnlySpan<byte> memory) && !TrySize(memory, ref s_settings.MemoryBytes))
        {
            Writer.Log.Text("minusone: memory = "u8).Text(memory)
                .Text(" is no size: give 64K to 3G, in whole pages, like 32M"u8).EndLine();
            return false;
        }

        if (!TryExpect(options, ref s_settings))
        {
            Writer.Log.Text("minusone: expect wants the end of a guest, like power-off or exit=0"u8).EndLine();
            return false;
        }

        GuestOptions.Read(options, ref s_settings);
        s_settings.Seed = OptionValues.NumberOf(options, "seed"u8, 1);
        s_settings.LastSeed = OptionValues.NumberOf(options, "lastseed"u8, s_settings.Seed);
        s_settings.Count = OptionValues.NumberOf(options, "count"u8, areAll ? 1_000u : 10_000u);
        s_settings.Trace = OptionValues.IsOn(options, "trace"u8, otherwise: false);
        s_settings.HasPlainApic = !OptionValues.IsOn(options, "apicv"u8, otherwise: true);
        s_settings.HasTestDevice = OptionValues.IsOn(options, "testdev"u8, otherwise: false);
        s_settings.EndsAtHoles = !OptionValues.IsOn(options, "openbus"u8, otherwise: true);
        return true;
    }

    // Guests that the configuration file describes have settings of their own.
    private static bool TryReadEach(OptionText options, ReadOnlySpan<byte> guests)
    {
        int index = 0;
        foreach (ReadOnlySpan<byte> name in new WordList(guests))
        {
            int last = Math.Min(index++, VmSlots.Most - 1);
            s_each[last] = s_settings;
            bool isDescribed = RunOptions.File.TryGet(name, out OptionText lines);
            if (isDescribed && !TryReadOwn(name, lines, ref s_each[last]))
            {
                return false;
            }

            if (GuestNames.IsFile(name) || s_each[last].IsOwnFile)
            {
                KernelOptions.ForLinux(isDescribed ? lines : options, ref s_each[last]);
            }

            // The first guest has its memory where it is; the others' comes from ours.
            s_others += s_settings.AreTogether && last != 0 ? s_each[last].MemoryBytes : 0;
        }

        return true;
    }

    // What is wrong with a value has been said; the value is left out.
    private static bool TryReadOwn(ReadOnlySpan<byte> name, OptionText lines, ref RunSettings settings)
    {
        if (lines.TryGet("memory"u8, out ReadOnlySpan<byte> memory))
        {
            TrySize(memory, ref settings.MemoryBytes);
        }

        TryExpect(lines, ref settings);
        GuestOptions.Read(lines, ref settings);
        DeviceOptions.Read(lines, ref settings.Files.Devices);
        settings.Weight = (ushort)Math.Min(OptionValues.NumberOf(lines, "weight"u8, 0), Scheduler.MostWeight);
        settings.Milliseconds = (uint)Math.Min(OptionValues.NumberOf(lines, "timeout"u8, 0), MostSeconds) * 1000;
        lines.TryGet("kind"u8, out ReadOnlySpan<byte> kind);
        settings.Program = GuestNames.IndexOf(kind.IsEmpty ? name : kind, Guests.All) + 1;
        settings.IsOwnFile = lines.TryGet("file"u8, out _) || KernelOptions.AreGiven(lines);
        if (!settings.IsOwnFile)
        {
            return settings.Program == 0
                ? NoGuest(name)
                : DiskOptions.TryReadOwn(lines, ref settings.Files.Devices.Disks);
        }

        settings.Program = 0;
        settings.Files = settings.Files.OwnOnly();
        settings.Files.IsNimbOs = GuestNames.IsNimbOs(kind);
        return KernelOptions.TryReadOwn(lines, ref settings);
    }

    private static bool NoGuest(ReadOnlySpan<byte> name)
    {
        Writer.Log.Text("minusone: there is no guest '"u8).Text(name).Text("'; --list shows them"u8).EndLine();
        return false;
    }

    private static bool TrySize(ReadOnlySpan<byte> text, ref ulong bytes)
    {
        bool isSize = Number.TryParseSize(text, out ulong size) && (size & 0xFFF) == 0
            && size is not 0 and <= RunSettings.MostMemory;
        bytes = isSize ? size : bytes;
        return isSize;
    }

    private static bool TryExpect(OptionText options, ref RunSettings settings) =>
        !options.TryGet("expect"u8, out ReadOnlySpan<byte> text)
        || ExpectedEnd.TryParse(text, out settings.ExpectedEnd, out settings.ExpectedValue);

    // Descriptor tables, page tables, and the features the host itself counts on.
    private static bool TryStandAlone()
    {
        DescriptorTables.Load(
            HostMemory.StackTop(1), HostMemory.StackTop(2), HostMemory.StackTop(3), HostMemory.StackTop(4));
        Machine.Host = DescriptorTables.State;
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
        foreach (ref readonly RunSettings settings in (ReadOnlySpan<RunSettings>)s_each)
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
        Writer.Log.Text("firmware has left; "u8).Size(Machine.Memory.Total(PhysicalKind.Usable)).Text(" usable, "u8)
            .Decimal(Machine.Frames.Available).Text(" frames in the pool, TSC "u8)
            .Decimal((Machine.TscHertz + 500_000) / 1_000_000)
            .Text(" MHz; Ctrl-A x ends the run, Ctrl-A h helps"u8).EndLine();
        if (s_guests.Names.SequenceEqual(HostFault.Name))
        {
            HostFault.WriteToPageZero();
        }

        if (s_others != 0 && s_missing != 0)
        {
            NotEnough();
            Ending.Alone(Machine.TscHertz);
        }

        uint failed;
        fixed (Installation* installation = &s_installation)
        {
            failed = Hypervisor.Run(installation->Connect(), s_guests.Names, Guests.All, s_each);
        }

        Ending.Result(failed == 0 ? 0u : 1,
            Machine.IsStopped ? "stopped"u8 : failed == 0 ? "as-expected"u8 : "otherwise"u8);
        Ending.Alone(Machine.TscHertz);
    }

    [System.Runtime.CompilerServices.InlineArray(VmSlots.Most)]
    private struct Each
    {
        private RunSettings _first;
    }
}
