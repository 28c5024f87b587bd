// One configuration from its first frame to its last: give the guest its memory and a VMCS, put its image in place,
// and, when it has ended, report and take everything back. Whatever cannot be had is said in one sentence, and nothing
// is left behind. TurnLoop runs what is started here.
namespace MinusOne.Hv.Turns;

internal static unsafe class VmLifecycle
{
    private const int FrameBytes = 4096;

    // Starts what comes next in a slot: the first configuration of which there is a guest.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StartNext(Machine* machine, VmSlot* slot)
    {
        while (slot->Vm == null && (slot->Left | slot->Plays) != 0 && !machine->IsStopped)
        {
            if (slot->Plays == 0)
            {
                slot->Plays = slot->Next->Repeats + 1;
                slot->Next++;
                slot->Left--;
            }

            slot->Plays--;
            slot->Config = slot->Next[-1];
            ref RunSettings settings = ref slot->Settings;
            slot->Config.Weight = settings.Weight != 0 ? settings.Weight : slot->Config.Weight;
            slot->Config.Milliseconds = settings.Milliseconds != 0 ? settings.Milliseconds : slot->Config.Milliseconds;
            slot->IsAsExpected &= TryStart(machine, slot);
        }
    }

    // The first entry is near: the guest's time begins.
    public static void Begin(Vm* vm)
    {
        vm->HasBegun = true;
        vm->Machine->Hooks.Begun(vm, vm->First);
        GuestTime.Start(vm, vm->First);
        IdleExits.LookLater(vm, Cpu.ReadTsc());
        vm->StartTicks = Cpu.ReadTsc() - vm->Machine->EntryTsc;
        ulong most = GuestSetup.ConfigOf(vm)->Milliseconds * (vm->Machine->TscHertz / 1000);
        ref ulong limit = ref VmSlot.Of(vm)->TimeLimit;
        vm->Board.TimeLimit = limit != 0 ? limit : most == 0 ? GuestClock.Never : Cpu.ReadTsc() + most;
        limit = 0;
        vm->Machine->Hooks.Started(vm);
    }

    // What follows pays for it: one that resets all the time is not to hold up others.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void End(HostProcessor* processor, Vm* vm)
    {
        Machine* machine = processor->Machine;
        VmSlot* slot = VmSlot.Of(vm);
        ref VmSlots slots = ref *VmSlots.Of(machine);
        ref Rota rota = ref *Rota.Of(processor);
        ulong began = Cpu.ReadTsc();
        rota.NextLook = 0;
        if (vm->IsSpread && !machine->Hooks.Gathered(vm, processor))
        {
            return;
        }

        machine->Lives.Take();
        Finish(vm);
        StartNext(machine, slot);
        slots.SetFocus(slots.FocusSlot);
        machine->Lives.Give();
        if (slot->Vm != null)
        {
            rota.Scheduler.Owe(ref rota.Scheduler[slot->Vm->First->Slot], Cpu.ReadTsc() - began);
        }
    }

    // What comes next in a slot that is this processor's, if anything does.
    public static void Start(HostProcessor* processor, VmSlot* slot)
    {
        if (slot->Home == processor && slot->Vm == null)
        {
            processor->Machine->Lives.Take();
            StartNext(processor->Machine, slot);
            processor->Machine->Lives.Give();
        }
    }

    // Everything comes back, once the report has been written.
    public static void Finish(Vm* vm)
    {
        Machine* machine = vm->Machine;
        VmSlot* slot = VmSlot.Of(vm);
        if (vm->IsSpread)
        {
            vm->SetCurrent(vm->At(vm->Ender));
        }

        Vcpu* vcpu = vm->Vcpu;
        VcpuSwitch.To(vcpu);
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Rota.Of(vm->At(i))->Leave(vm->At(i));
            slot->Account.Add(vm->At(i)->Account);
        }

        slot->IsAsExpected &= machine->Hooks.Ended(vm, vcpu);
        if (slot->StartsAgain)
        {
            slot->Again();
            slot->TimeLimit = vm->Board.TimeLimit;
        }

        machine->Hooks.Gone(vm);
        Release(vm, vm->First);
    }

    // True: the guest is ready to run, or there is none and what was to be worked out is as it should be.
    private static bool TryStart(Machine* machine, VmSlot* slot)
    {
        if (!TryTakeFrames(&machine->Frames, out Hpa vmFrame, out Hpa vcpuFrame, out Hpa busFrame))
        {
            return Refuse(slot, "no frame left for it, its processor or its bus"u8);
        }

        var vm = (Vm*)vmFrame.Pointer;
        var vcpu = (Vcpu*)vcpuFrame.Pointer;
        slot->Vm = vm;
        slot->Account = default;
        vm->Slot = slot;
        vm->Number = slot->Number;
        vm->Attach(machine, slot->Home, VmSlots.Of(machine)->Used <= 1 && !slot->Settings.HasSeeds);
        vm->Config = &slot->Config;
        vm->Trace = slot->Settings.Trace;
        vm->Board.Plug((Bus*)busFrame.Pointer, (GuestSetup.ConfigOf(vm)->Flags & VmFeatures.Pc) != 0);
        if (slot->Settings.HasTestDevice)
        {
            TestDevice.Plug(&vm->Board);
        }

        vm->HasOpenBus = slot->Config.ExpectedEnd is not (GuestEnd.IllegalAddress or GuestEnd.Undecodable)
            && !slot->Settings.EndsAtHoles;
        machine->Hooks.Configured(vm);
        vm->Add(vcpu);
        VcpuSwitch.Unload(slot->Home);
        bool isReady = TryPrepare(vm, vcpu, out bool isDone);
        if (!isReady)
        {
            Release(vm, vcpu);
        }

        return isReady || isDone;
    }

    // A frame each, which must hold it.
    private static bool TryTakeFrames(FramePool* frames, out Hpa vm, out Hpa vcpu, out Hpa bus)
    {
        vm = vcpu = bus = default;
        if (Math.Max(sizeof(Vm), Math.Max(sizeof(Vcpu), sizeof(Bus))) <= FrameBytes
            && frames->TryAllocateCleared(FrameOwner.Hypervisor, out vm)
            && frames->TryAllocateCleared(FrameOwner.Hypervisor, out vcpu)
            && frames->TryAllocateCleared(FrameOwner.Hypervisor, out bus))
        {
            return true;
        }

        frames->Free(vm, FrameOwner.Hypervisor);
        frames->Free(vcpu, FrameOwner.Hypervisor);
        return false;
    }

    private static bool TryPrepare(Vm* vm, Vcpu* vcpu, out bool isDone)
    {
        VmSlot* slot = VmSlot.Of(vm);
        isDone = false;
        if (!Backend.TryChoose(
            vcpu, vm->Machine->Facts.Capabilities, slot->Config.Controls, out MissingControl missing))
        {
            return Lack(slot, missing);
        }

        if (!GuestSetup.TryGiveMemory(vm, slot->Settings, out ReadOnlySpan<byte> complaint))
        {
            return Refuse(slot, complaint);
        }

        if (vm->Machine->Hooks.WorkedOut(vm, vcpu, ref isDone))
        {
            return false;
        }

        VmSlots* slots = VmSlots.Of(vm->Machine);
        bool isShared = slots->Used > 1 || GuestSetup.VcpusOf(&slot->Config, slot->Settings) > 1;
        if (isShared && (vm->IsAlone || !Backend.IsTimerExact(vcpu)))
        {
            // The timer is what takes the processor back from a guest.
            return Refuse(slot, "it cannot share the processor"u8);
        }

        vm->IsSpread = slot->IsSpread(vm);
        if (!GuestSetup.TryGiveProcessors(vm, vcpu, slot->Settings, out complaint))
        {
            return Refuse(slot, complaint);
        }

        if (!vm->Machine->Hooks.Joined(vm))
        {
            return Refuse(slot, "there are too many processors already"u8);
        }

        vm->Machine->Hooks.Prepared(vm, vcpu);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Release(Vm* vm, Vcpu* vcpu)
    {
        FramePool* frames = &vm->Machine->Frames;
        vm->Machine->Hooks.Left(vm);
        VmSlot.Of(vm)->Vm = null;
        GuestSetup.TakeBack(vm, vcpu);
        frames->Free(new Hpa(vcpu), FrameOwner.Hypervisor);
        vm->Board.Release(frames);
        frames->Free(vm->LessonPage, FrameOwner.Hypervisor);
        frames->Free(new Hpa(vm), FrameOwner.Hypervisor);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Lack(VmSlot* slot, in MissingControl missing)
    {
        Writer.Log.Text("guest '"u8).Text(slot->Name).Text("' needs '"u8).Text(missing.Name)
            .Text("' ("u8).Text(Names.OfControlWord(missing.Word))
            .Text(" controls), which this processor cannot set so"u8).EndLine();
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Refuse(VmSlot* slot, ReadOnlySpan<byte> complaint)
    {
        Writer.Log.Text("guest '"u8).Text(slot->Name).Text("' cannot start: "u8).Text(complaint).EndLine();
        return false;
    }
}
