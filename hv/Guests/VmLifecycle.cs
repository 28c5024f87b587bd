// One configuration from its first frame to its last: give the guest its memory and a VMCS, put its image in place,
// and, when it has ended, report and take everything back. Whatever cannot be had is said in one sentence, and nothing
// is left behind. TurnLoop runs what is started here.

namespace MinusOne.Hv.Guests;

internal static unsafe class VmLifecycle
{
    // Starts what comes next in a slot: the first configuration of which there is a guest.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StartNext(Machine* machine, VmSlot* slot)
    {
        while (slot->Vm == null && slot->Left != 0 && !machine->Console.IsStopped)
        {
            slot->Config = *slot->Next;
            ref RunSettings settings = ref slot->Settings;
            slot->Config.Weight = settings.Weight != 0 ? settings.Weight : slot->Config.Weight;
            slot->Config.Milliseconds = settings.Milliseconds != 0 ? settings.Milliseconds : slot->Config.Milliseconds;
            bool isRepeated = slot->Repeated != 0;
            if (slot->Repeated++ == slot->Config.Repeats)
            {
                slot->Next++;
                slot->Left--;
                slot->Repeated = 0;
            }

            if (slot->Config.Title.Length != 0 && !isRepeated)
            {
                Writer.Console.Text(slot->Config.Title.Span).EndLine();
            }

            slot->IsAsExpected &= TryStart(machine, slot);
        }
    }

    // The first entry is near: the guest's time begins.
    public static void Begin(Vm* vm)
    {
        vm->HasBegun = true;
        if (vm->Config->HostVector != 0)
        {
            HostTimer.Arm((byte)vm->Config->HostVector);
        }

        Deadlines.Start(vm, vm->First);
        vm->StartTicks = Cpu.ReadTsc() - vm->Machine->EntryTsc;
        ulong most = vm->Config->Milliseconds * (vm->Machine->TscHertz / 1000);
        vm->TimeLimit = most == 0 ? GuestClock.Never : Cpu.ReadTsc() + most;
    }

    // Has it ended as it is meant to? The report says it; everything comes back.
    public static void Finish(Vm* vm)
    {
        Machine* machine = vm->Machine;
        VmSlot* slot = vm->Slot;
        Vcpu* vcpu = vm->Vcpu;
        VcpuSwitch.To(machine, vcpu);
        if (vm->Config->HostVector != 0)
        {
            HostTimer.Disarm((byte)vm->Config->HostVector);
        }

        for (int i = 0; i < vm->VcpuCount; i++)
        {
            machine->Slots.Leave(vm->At(i));
            slot->Account.Add(vm->At(i)->Account);
        }

        bool asExpected = IsExpected(vm);
        asExpected &= WatchedPages.AreMarkedAsExpected(vm);
        FinalReport.Print(vm, vcpu, slot->Name, asExpected, brief: slot->IsBrief && asExpected);
        ulong tally = 0;
        if (vm->Config->TallyAddress != 0)
        {
            vm->Memory.Read(new Gpa(vm->Config->TallyAddress), new Span<byte>(&tally, sizeof(ulong)));
        }

        slot->Tally = tally;
        slot->IsAsExpected &= asExpected;
        Release(vm, vm->First);
    }

    // True: the guest is ready to run, or there is none and what was to be worked out is as it should be.
    private static bool TryStart(Machine* machine, VmSlot* slot)
    {
        if (!machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa vmFrame))
        {
            return Refuse(slot, "no frame left for it"u8);
        }

        if (!machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa vcpuFrame))
        {
            machine->Frames.Free(vmFrame, FrameOwner.Hypervisor);
            return Refuse(slot, "no frame left for its processor"u8);
        }

        var vm = (Vm*)vmFrame.Pointer;
        var vcpu = (Vcpu*)vcpuFrame.Pointer;
        slot->Vm = vm;
        slot->Account = default;
        vm->Slot = slot;
        vm->Machine = machine;
        vm->Config = &slot->Config;
        vm->Trace = slot->Settings.Trace;
        vm->IsTold = vm->Trace || (vm->Config->Flags & VmFeatures.Narrate) != 0;
        vm->Add(vcpu);
        VcpuSwitch.Unload(machine);
        bool isReady = TryPrepare(vm, vcpu, out bool isDone);
        if (!isReady)
        {
            Release(vm, vcpu);
        }

        return isReady || isDone;
    }

    private static bool TryPrepare(Vm* vm, Vcpu* vcpu, out bool isDone)
    {
        VmSlot* slot = vm->Slot;
        isDone = false;
        if (!ControlPolicy.TryChoose(
            vm->Machine->Facts.Vmx, vm->Config->Controls, out vcpu->Controls, out MissingControl missing))
        {
            Writer.Log.Text("guest '"u8).Text(slot->Name).Text("' needs '"u8)
                .Text(ControlNames.Of(missing.Word, missing.Bit)).Text("' ("u8).Text(ControlNames.Of(missing.Word))
                .Text(" controls), which this processor cannot set so"u8).EndLine();
            return false;
        }

        if (!GuestSetup.TryGiveMemory(vm, slot->Settings, out ReadOnlySpan<byte> complaint))
        {
            return Refuse(slot, complaint);
        }

        if (vm->Config->Computation != Computation.None)
        {
            isDone = Computed.Run(vm, vcpu, slot->Settings);
            return false;
        }

        bool isShared = vm->Machine->Slots.Used > 1 || GuestSetup.VcpusOf(vm->Config, slot->Settings) > 1;
        if (isShared && !CanShare(vm, vcpu))
        {
            return Refuse(slot, "it cannot share the processor"u8);
        }

        if (!GuestSetup.TryGiveProcessors(vm, vcpu, slot->Settings, out complaint))
        {
            return Refuse(slot, complaint);
        }

        if (!vm->Machine->Slots.HasRoom || !vm->Machine->Slots.TryAdd(vcpu, slot->Weight, Cpu.ReadTsc()))
        {
            return Refuse(slot, "there are too many processors already"u8);
        }

        Tell(vm, vcpu);
        return true;
    }

    // The timer is what takes the processor back from a guest; the host's own interrupt goes to whoever runs.
    private static bool CanShare(Vm* vm, Vcpu* vcpu) =>
        vcpu->Controls.Has(PinControls.PreemptionTimer) && vcpu->Controls.Has(ExitControls.SavePreemptionTimerValue)
        && vm->Config->HostVector == 0;

    private static void Tell(Vm* vm, Vcpu* vcpu)
    {
        if (!vm->Slot->IsBrief)
        {
            MemoryReport.Print(vm);
        }

        if ((vm->Config->Flags & VmFeatures.Narrate) != 0)
        {
            ControlsReport.Print(Output.Console, vcpu->Controls);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Release(Vm* vm, Vcpu* vcpu)
    {
        FramePool* frames = &vm->Machine->Frames;
        vm->Slot->Vm = null;
        GuestSetup.TakeBack(vm, vcpu);
        frames->Free(new Hpa(vcpu), FrameOwner.Hypervisor);
        frames->Free(new Hpa(vm), FrameOwner.Hypervisor);
    }

    // Whoever ends the run by hand knows why.
    private static bool IsExpected(Vm* vm)
    {
        if (vm->End == GuestEnd.Stopped)
        {
            return true;
        }

        GuestEnd expected = vm->Config->ExpectedEnd == GuestEnd.None ? GuestEnd.PoweredOff : vm->Config->ExpectedEnd;
        bool met = vm->End == expected;
        for (ulong i = 0; i < vm->Config->ExitCount; i++)
        {
            ExitExpectation* expectation = vm->Config->Exits + i;
            ulong count = vm->Counters.Exits((int)expectation->Reason);
            if (count < expectation->Least || count > expectation->Most)
            {
                met = false;
                Writer.Log.Text("expected "u8).Decimal(expectation->Least).Text(" to "u8).Decimal(expectation->Most)
                    .Text(" exits '"u8).Text(ExitReasonNames.Of(expectation->Reason)).Text("', counted "u8)
                    .Decimal(count).EndLine();
            }
        }

        return met;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Refuse(VmSlot* slot, ReadOnlySpan<byte> complaint)
    {
        Writer.Log.Text("guest '"u8).Text(slot->Name).Text("' cannot start: "u8).Text(complaint).EndLine();
        return false;
    }
}
