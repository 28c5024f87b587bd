// Everything in order: virtualisation on, one guest after the other, virtualisation off.
namespace MinusOne.Hv;

internal static unsafe class Hypervisor
{
    // `names` are words: the programs to run, each with its settings; the last are for all further ones. Returns how
    // many did not end as they are meant to.
    public static uint Run(
        Machine* machine, ReadOnlySpan<byte> names, ReadOnlySpan<GuestProgram> programs,
        ReadOnlySpan<RunSettings> settings)
    {
        machine->Facts.Speculation.RestrictHost();
        if (!Backend.TryTurnOn(&machine->Frames, out machine->At(0)->VirtualizationRegion))
        {
            return 1;
        }

        Orders.TurnOn(machine);
        uint failed = names.SequenceEqual(GuestNames.All)
            ? RunAll(machine, programs, settings[0])
            : RunNamed(machine, names, programs, settings);
        Orders.TurnOff(machine);
        Backend.TurnOff(&machine->Frames, machine->At(0)->VirtualizationRegion);
        return failed;
    }

    private static uint RunNamed(
        Machine* machine, ReadOnlySpan<byte> names, ReadOnlySpan<GuestProgram> programs,
        ReadOnlySpan<RunSettings> settings)
    {
        uint failed = 0;
        int count = 0;
        int word = 0;

        // The user's kernel.
        VmConfig kernel = default;
        kernel.Flags = VmFeatures.Kernel | VmFeatures.Pc;
        foreach (ReadOnlySpan<byte> name in new WordList(names))
        {
            ref readonly RunSettings own = ref settings[Math.Min(word++, settings.Length - 1)];
            bool isFile = own.IsOwnFile || (own.Files.AreGiven && GuestNames.IsFile(name)
                && own.Files.IsNimbOs == GuestNames.IsNimbOs(name));
            int index = own.Program != 0 ? own.Program - 1 : isFile ? -1 : GuestNames.IndexOf(name, programs);
            if (index < 0 && !isFile && !GuestNames.IsFile(name))
            {
                continue;
            }

            if (index < 0)
            {
                Occupy(machine, count++, name, &kernel, 1, own);
            }
            else if (own.AreTogether)
            {
                Occupy(machine, count++, name, programs[index].Configs, programs[index].ConfigCount, own);
            }
            else
            {
                failed += RunSeeds(machine, programs[index], own);
            }

            if (count != 0 && !own.AreTogether)
            {
                failed += Orders.Run(machine, count) ? 0u : 1;
                count = 0;
            }
        }

        return count == 0 || Orders.Run(machine, count) ? failed : 1;
    }

    // Every demonstration that needs nobody, one boot, a table at the end.
    private static uint RunAll(Machine* machine, ReadOnlySpan<GuestProgram> programs, RunSettings settings)
    {
        ResultTable results = default;
        settings.Brief = true;
        foreach (ref readonly GuestProgram program in programs)
        {
            if ((program.Configs->Flags & VmFeatures.Interactive) != 0)
            {
                break;
            }

            results.Add(!IsPossible(program) ? DemonstrationResult.Impossible
                : program.IsExact != 0 && Cpu.IsAmd && machine->Facts.Processor.UnderHypervisor
                    ? DemonstrationResult.TooExact
                : RunProgram(machine, program, settings) ? DemonstrationResult.Passed
                : DemonstrationResult.Failed);
        }

        return results.Print(programs);
    }

    // Returns how many seeds went wrong.
    private static uint RunSeeds(Machine* machine, in GuestProgram program, RunSettings settings)
    {
        if (!IsPossible(program))
        {
            Writer.Log.Text("guest '"u8).Text(program.Name.Span).Text("' needs VT-x: "u8).Text(program.OnlyVtx.Span)
                .EndLine();
            return 1;
        }

        if (!settings.HasSeeds)
        {
            return RunProgram(machine, program, settings) ? 0u : 1;
        }

        uint failed = 0, count = 0;
        settings.Brief = true;
        for (; settings.Seed <= settings.LastSeed && !machine->IsStopped; count++)
        {
            bool isGood = RunProgram(machine, program, settings);
            failed += isGood ? 0u : 1;
            if (!isGood)
            {
                Writer.Log.Text("seed "u8).Decimal(settings.Seed).Text(": not as expected"u8).EndLine();
            }

            settings.Seed++;
        }

        Writer.Log.Decimal(count).Text(" seeds, "u8).Decimal(failed).Text(" not as expected"u8).EndLine();
        return failed;
    }

    private static bool IsPossible(in GuestProgram program) => !Cpu.IsAmd || program.OnlyVtx.Length == 0;

    private static bool RunProgram(Machine* machine, in GuestProgram program, in RunSettings settings)
    {
        bool asExpected = true;
        for (ulong i = 0; i < program.ConfigCount && !machine->IsStopped;)
        {
            if (Cpu.IsAmd && (program.Configs[i].Flags & VmFeatures.OnlyVtx) != 0)
            {
                Writer.Console.Text(program.Configs[i++].Title.Span).Text(" (VT-x only)"u8).EndLine();
                continue;
            }

            int count = 0;
            bool isLast;
            do
            {
                VmConfig* config = program.Configs + i++;
                isLast = (config->Flags & VmFeatures.WithNext) == 0;
                Occupy(machine, count++, program.Name.Span, config, 1, settings);
            }
            while (!isLast);

            asExpected &= Orders.Run(machine, count);
        }

        return asExpected;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Occupy(
        Machine* machine, int number, ReadOnlySpan<byte> name, VmConfig* configs, ulong count, in RunSettings settings)
    {
        VmSlot* slot = VmSlots.Of(machine)->At(number);
        slot->Number = (uint)number + 1;
        slot->Name = name;
        slot->Next = configs;
        slot->Left = count;
        slot->Plays = 0;
        slot->TimeLimit = 0;
        slot->Settings = settings;
        slot->IsAsExpected = true;
    }
}
