// What a run says at its end: how the guest ended, its exits by reason, its memory; and one line for programs to read.
namespace MinusOne.Hv.Report;

internal static unsafe class FinalReport
{
    private const int CountColumn = 34;
    private const int TimedColumn = 46;
    private const int TicksColumn = 58;
    private const int EachColumn = 72;

    public static void Print(Vm* vm, Vcpu* vcpu, ReadOnlySpan<byte> name, bool asExpected, bool brief)
    {
        if (!brief)
        {
            Ending(vm, vcpu, name);
            FailureReport.Explain(vm, vcpu);
            if (IsTrouble(vm->End))
            {
                GuestStateReport.Print(Output.Log, ref vcpu->Registers);
                GuestStateReport.PrintBytes(vm);
            }

            if (!asExpected && vm->End is not (GuestEnd.Stopped or GuestEnd.NotLoaded))
            {
                LastExits.Print(Output.Log, vcpu);
            }

            Exits(Output.Log, vm->Counters);
            Memory(Output.Log, vm);
            Processors(vm);
        }

        MachineReadable(vm, name, asExpected);
    }

    // Ends after which somebody wants to see registers.
    private static bool IsTrouble(GuestEnd end) =>
        end is not (GuestEnd.PoweredOff or GuestEnd.Halted or GuestEnd.Reset or GuestEnd.DebugExit or GuestEnd.NotLoaded
            or GuestEnd.EntryFailed);

    private static void Ending(Vm* vm, Vcpu* vcpu, ReadOnlySpan<byte> name)
    {
        Writer line = Writer.Log.Text("guest '"u8).Text(name).Text("' ended: "u8).Text(Names.OfEnd((uint)vm->End))
            .Text(", RIP "u8).Hex(GuestState.Rip);
        if (vm->VcpuCount > 1)
        {
            line = line.Text(" of processor "u8).Decimal(vcpu->Index);
        }

        if (vm->End is GuestEnd.IllegalAddress or GuestEnd.OutOfMemory or GuestEnd.Undecodable)
        {
            line = line.Text((vm->EndAccess & PageRights.Write) != 0 ? ", write to "u8
                : (vm->EndAccess & PageRights.Execute) != 0 ? ", fetch from "u8
                : ", read from "u8).Text("guest-physical "u8).Hex(vm->EndAddress.Value);
        }

        if (vm->End == GuestEnd.DebugExit)
        {
            line = line.Text(", value "u8).Decimal(vm->EndValue);
        }

        line.Text(VmSlot.Of(vm)->StartsAgain ? "; it starts again"u8 : default).EndLine();
    }

    // What the short path finishes is counted and not timed: the ticks are those of the others.
    public static void Exits(Output output, in Counters counters)
    {
        new Writer(output).Text("  exits"u8).To(CountColumn).Text("count"u8).To(TimedColumn).Text("timed"u8)
            .To(TicksColumn).Text("ticks"u8).To(EachColumn).Text("ticks each"u8).EndLine();
        for (int reason = 0; reason < Counters.Reasons; reason++)
        {
            ulong count = counters.Exits(reason);
            if (count != 0)
            {
                new Writer(output).Text("  "u8).Text(ExitFacts.NameOf((ExitReason)reason))
                    .To(CountColumn).Decimal(count)
                    .To(TimedColumn).Decimal(counters.Timed(reason)).To(TicksColumn).Decimal(counters.Ticks(reason))
                    .To(EachColumn).Decimal(counters.Ticks(reason) / Math.Max(1, counters.Timed(reason))).EndLine();
            }
        }
    }

    public static ulong Total(in Counters counters)
    {
        ulong total = 0;
        for (int reason = 0; reason < Counters.Reasons; reason++)
        {
            total += counters.Exits(reason);
        }

        return total;
    }

    public static void Memory(Output output, Vm* vm)
    {
        GuestMemoryUse use = GuestMemoryUse.Of(ref vm->Memory);
        new Writer(output).Text("  memory "u8).Decimal(use.Pages).Text(" pages (identity "u8).Decimal(use.Identity)
            .Text(", substituted "u8).Decimal(use.Substituted).Text("), EPT tables "u8).Decimal(vm->Memory.Table.Tables)
            .Text("; entries "u8).Decimal(vm->Counters.Entries)
            .Text(", events injected "u8).Decimal(vm->Counters.Injected)
            .Text(vm->Interception.OpenMsrs.Value != 0 ? " beside what the processor delivers"u8 : default).EndLine();
        new Writer(output).Text("  leaves "u8).Decimal(use.Leaves4K).Text(" of 4 KiB, "u8)
            .Decimal(use.Leaves2M).Text(" of 2 MiB, "u8).Decimal(use.Leaves1G).Text(" of 1 GiB"u8).EndLine();
    }

    // How they shared their time, if there are several.
    private static void Processors(Vm* vm)
    {
        for (int i = 0; vm->VcpuCount > 1 && i < vm->VcpuCount; i++)
        {
            ref SliceAccount account = ref vm->At(i)->Account;
            Writer.Log.Text("  processor "u8).Decimal((uint)i).Text(": run "u8).Decimal(account.Run)
                .Text(", wait "u8).Decimal(account.Wait).Text(", idle "u8).Decimal(account.Idle)
                .Text(" ticks; slices "u8).Decimal(account.Slices).Text(", preemptions "u8)
                .Decimal(account.Preemptions).EndLine();
        }
    }

    private static void MachineReadable(Vm* vm, ReadOnlySpan<byte> name, bool asExpected)
    {
        Writer line = Writer.Log.Text("minusone: guest name="u8).Text(name).Text(" end="u8)
            .Text(GuestEnds.Word(vm->End));
        if (vm->End == GuestEnd.DebugExit)
        {
            line = line.Text(" value="u8).Decimal(vm->EndValue);
        }

        line.Text(asExpected ? " expected=yes"u8 : " expected=no"u8)
            .Text(" exits="u8).Decimal(Total(vm->Counters)).Text(" entries="u8).Decimal(vm->Counters.Entries)
            .Text(" pages="u8).Decimal(GuestMemoryUse.Of(ref vm->Memory).Pages)
            .Text(" tables="u8).Decimal(vm->Memory.Table.Tables)
            .Text(" guest-ticks="u8).Decimal(vm->Counters.GuestTicks)
            .Text(" start-ticks="u8).Decimal(vm->StartTicks).Text(" own-frames="u8).Decimal(vm->Machine->Frames.Own)
            .EndLine();
    }
}

// Which of a guest's memory is at the same address on the host, what is not, and why. Said at the start of every guest,
// because it is a promise: guest-physical is host-physical unless a line here says otherwise.
internal static unsafe class MemoryReport
{
    public static void Print(Vm* vm)
    {
        ReadOnlySpan<GuestExtent> extents = vm->Memory.Extents;
        for (int i = 0; i < extents.Length;)
        {
            // Neighbours that differ in nothing but the memory type are one to the reader.
            int first = i;
            do
            {
                i++;
            }
            while (
                i < extents.Length && AreAlike(extents[first], extents[i]) && extents[i].Start == extents[i - 1].End);
            Line(extents[first], extents[i - 1].End);
        }
    }

    private static bool AreAlike(in GuestExtent left, in GuestExtent right) =>
        left.Backing == right.Backing && left.Host == right.Host;

    private static void Line(in GuestExtent extent, Gpa end)
    {
        Writer line = Writer.Log.Text("  memory "u8).Hex(extent.Start.Value).Text("h-"u8).Hex(end.Value - 1)
            .Text("h: "u8);
        line = extent.Backing switch
        {
            GuestBacking.Nothing => line.Text("a device"u8),
            GuestBacking.Identity => line.Text("identity"u8),
            _ => line.Text("substituted, for on the host this is "u8).Text(Names.OfPhysicalKind((uint)extent.Host)),
        };
        line.EndLine();
    }
}

// What all guests leave behind them: as many frames in the pool as were there before them, and how they got on.
internal static unsafe class RunReport
{
    public static bool Print(Machine* machine, uint frames) =>
        AreBack(machine, frames) & (VmSlots.Of(machine)->Used == 1 || SharesReport.Print(machine));

    private static bool AreBack(Machine* machine, uint before)
    {
        uint after = machine->Frames.Available;
        if (before != after)
        {
            Writer.Log.Text("frames in the pool: "u8).Decimal(before).Text(" before, "u8).Decimal(after)
                .Text(" after"u8).EndLine();
        }
        else if (!VmSlots.Of(machine)->At(0)->Settings.Brief)
        {
            Writer.Log.Text(Cpu.IsAmd ? default : "VMCLEAR; "u8).Text("every frame has come back"u8).EndLine();
        }

        return before == after;
    }
}

// How guests that ran at the same time shared the processor, and whether each got as far as its weight says.
internal static unsafe class SharesReport
{
    private const int WeightColumn = 20;
    private const int RunColumn = 30;
    private const int WaitColumn = 44;
    private const int IdleColumn = 58;
    private const int SlicesColumn = 72;
    private const int PreemptionsColumn = 82;
    private const int ShareColumn = 96;
    private const ulong Whole = 1000;
    private const ulong SharedTolerance = 200;

    // False: a share is further from what the configuration wants than it allows.
    public static bool Print(Machine* machine)
    {
        Writer.Log.Text("  guest             weight    run ticks     wait          "u8)
            .Text("idle          slices    preemptions   of 1000\n"u8);
        ulong all = 0;
        ulong weights = 0;
        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            all += Reached(machine, VmSlots.Of(machine)->At(i));
            weights += VmSlots.Of(machine)->At(i)->Weight;
        }

        bool isGood = true;
        for (int i = 0; i < VmSlots.Of(machine)->Used; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            ref SliceAccount account = ref slot->Account;
            Writer line = Writer.Log.Text("  "u8).Text(slot->Name).To(WeightColumn).Decimal(slot->Weight)
                .To(RunColumn).Decimal(account.Run).To(WaitColumn).Decimal(account.Wait).To(IdleColumn)
                .Decimal(account.Idle).To(SlicesColumn).Decimal(account.Slices).To(PreemptionsColumn)
                .Decimal(account.Preemptions);
            if (slot->Config.Tolerance != 0)
            {
                ulong tolerance = Math.Max(slot->Config.Tolerance,
                    machine->Facts.Processor.UnderHypervisor ? SharedTolerance : 0);
                ulong share = all == 0 ? 0 : Reached(machine, slot) * Whole / all;
                ulong due = slot->Weight * Whole / weights;
                bool isDue = (share > due ? share - due : due - share) * Whole <= tolerance * due;
                isGood &= isDue;
                line = line.To(ShareColumn).Decimal(share).Text(isDue ? ", due "u8 : ", NOT DUE: "u8).Decimal(due);
            }

            line.EndLine();
        }

        return isGood;
    }

    // How far it has counted. Below another hypervisor the machine itself has to wait at times, in whose slice is
    // chance: there its time counts, if it has counted at all.
    private static ulong Reached(Machine* machine, VmSlot* slot) =>
        machine->Facts.Processor.UnderHypervisor && slot->Tally != 0 ? slot->Account.Run : slot->Tally;
}
