// What a run is asked for: which guests, and what each of them is given. All of it is checked before anything is done.

using System;
using MinusOne.Efi.Console;
using MinusOne.Efi.Host;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class RunOrders
{
    private const ulong MostSeconds = 1_000_000;

    private static RunSettings s_settings;
    private static GuestList s_guests;
    private static EachGuest s_each;

    public static ReadOnlySpan<byte> Names => s_guests.Names;

    // The settings of the guests in their order; the last are for all further ones.
    public static ReadOnlySpan<RunSettings> Each => s_each;

    // The memory of all guests but the first.
    public static ulong OtherBytes { get; private set; }

    // Somebody looks at every exit, or a guest goes on from one.
    public static bool AreFollowed
    {
        get
        {
            bool are = RunCommand.Debugger.IsOn || s_settings.Trace || s_settings.Record.IsOn
                || s_settings.SamplesASecond != 0;
            foreach (ref readonly RunSettings settings in Each)
            {
                are |= settings.Snapshot.IsGiven;
            }

            return are;
        }
    }

    public static bool TryRead(OptionText options, ReadOnlySpan<byte> guests)
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
            && SnapshotOptions.TryRead(options, count, ref s_settings)
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

        if (!DebugOptions.TryRead(options) || !HostFault.TryRead(options) || !ProcessorChoice.TryRead(options)
            || !GuestOptions.TryRead(options, ref s_settings))
        {
            return false;
        }

        s_settings.Seed = OptionValues.NumberOf(options, "seed"u8, 1);
        s_settings.LastSeed = OptionValues.NumberOf(options, "lastseed"u8, s_settings.Seed);
        s_settings.Count = OptionValues.NumberOf(options, "count"u8, areAll ? 1_000u : 10_000u);
        RecordOptions.Read(options, ref s_settings);
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
            OtherBytes += s_settings.AreTogether && last != 0 ? s_each[last].MemoryBytes : 0;
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
        DeviceOptions.Read(lines, ref settings.Files.Devices);
        settings.Seed = OptionValues.NumberOf(lines, "seed"u8, settings.Seed);
        settings.Weight = (ushort)Math.Min(OptionValues.NumberOf(lines, "weight"u8, 0), Scheduler.MostWeight);
        settings.Milliseconds = (uint)Math.Min(OptionValues.NumberOf(lines, "timeout"u8, 0), MostSeconds) * 1000;
        lines.TryGet("kind"u8, out ReadOnlySpan<byte> kind);
        settings.Program = GuestNames.IndexOf(kind.IsEmpty ? name : kind, Guests.All) + 1;
        settings.IsOwnFile = lines.TryGet("file"u8, out _) || KernelOptions.AreGiven(lines);
        if (!GuestOptions.TryRead(lines, ref settings) || !SnapshotOptions.TryRead(lines, 1, ref settings))
        {
            return false;
        }

        bool isKept = settings.Snapshot.IsGiven && !lines.TryGet("file"u8, out _) && !KernelOptions.AreGiven(lines);
        if (!settings.IsOwnFile || isKept)
        {
            return settings.Program == 0 && !settings.IsOwnFile
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

    [System.Runtime.CompilerServices.InlineArray(VmSlots.Most)]
    private struct EachGuest
    {
        private RunSettings _first;
    }
}
