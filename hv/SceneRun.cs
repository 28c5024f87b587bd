// One scene from its first frame to its last: give the guest its memory and a VMCS, put its image in place, and, when
// it has ended, report and take everything back. Whatever cannot be had is said in one sentence, and nothing is left
// behind. Rotation runs what is started here.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Hv.Computations;
using MinusOne.Hv.Exits;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Report;
using MinusOne.Hv.Scheduling;
using MinusOne.Hv.Time;
using MinusOne.Hv.Vmx;

namespace MinusOne.Hv;

internal static unsafe class SceneRun
{
    // Starts what comes next in a seat: the first scene of which there is a guest.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StartNext(Machine* machine, Seat* seat)
    {
        while (seat->Vm == null && seat->Left != 0 && !machine->Console.IsStopped)
        {
            seat->Scene = *seat->Next;
            ref RunSettings settings = ref seat->Settings;
            seat->Scene.Weight = settings.Weight != 0 ? settings.Weight : seat->Scene.Weight;
            seat->Scene.Milliseconds = settings.Milliseconds != 0 ? settings.Milliseconds : seat->Scene.Milliseconds;
            bool isRepeated = seat->Repeated != 0;
            if (seat->Repeated++ == seat->Scene.Repeats)
            {
                seat->Next++;
                seat->Left--;
                seat->Repeated = 0;
            }

            if (seat->Scene.Title.Length != 0 && !isRepeated)
            {
                Writer.Console.Text(seat->Scene.Title.Span).EndLine();
            }

            seat->IsAsExpected &= TryStart(machine, seat);
        }
    }

    // The first entry is near: the guest's time begins.
    public static void Begin(Vm* vm)
    {
        vm->HasBegun = true;
        if (vm->Scene->HostVector != 0)
        {
            HostTimer.Arm((byte)vm->Scene->HostVector);
        }

        Deadlines.Start(vm, vm->First);
        vm->StartTicks = Cpu.ReadTsc() - vm->Machine->EntryTsc;
        ulong most = vm->Scene->Milliseconds * (vm->Machine->TscHertz / 1000);
        vm->TimeLimit = most == 0 ? GuestClock.Never : Cpu.ReadTsc() + most;
    }

    // Has it ended as it is meant to? The report says it; everything comes back.
    public static void Finish(Vm* vm)
    {
        Machine* machine = vm->Machine;
        Seat* seat = vm->Seat;
        Vcpu* vcpu = vm->Vcpu;
        VcpuSwitch.To(machine, vcpu);
        if (vm->Scene->HostVector != 0)
        {
            HostTimer.Disarm((byte)vm->Scene->HostVector);
        }

        for (int i = 0; i < vm->VcpuCount; i++)
        {
            machine->Seats.Leave(vm->At(i));
            seat->Account.Add(vm->At(i)->Account);
        }

        bool asExpected = IsExpected(vm);
        asExpected &= WatchedPages.AreMarkedAsExpected(vm);
        FinalReport.Print(vm, vcpu, seat->Name, asExpected, brief: seat->IsBrief && asExpected);
        ulong tally = 0;
        if (vm->Scene->TallyAddress != 0)
        {
            vm->Memory.Read(new Gpa(vm->Scene->TallyAddress), new Span<byte>(&tally, sizeof(ulong)));
        }

        seat->Tally = tally;
        seat->IsAsExpected &= asExpected;
        Release(vm, vm->First);
    }

    // True: the guest is ready to run, or there is none and what was to be worked out is as it should be.
    private static bool TryStart(Machine* machine, Seat* seat)
    {
        if (!machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa vmFrame))
        {
            return Refuse(seat, "no frame left for it"u8);
        }

        if (!machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa vcpuFrame))
        {
            machine->Frames.Free(vmFrame, FrameOwner.Hypervisor);
            return Refuse(seat, "no frame left for its processor"u8);
        }

        var vm = (Vm*)vmFrame.Pointer;
        var vcpu = (Vcpu*)vcpuFrame.Pointer;
        seat->Vm = vm;
        seat->Account = default;
        vm->Seat = seat;
        vm->Machine = machine;
        vm->Scene = &seat->Scene;
        vm->Trace = seat->Settings.Trace;
        vm->IsTold = vm->Trace || (vm->Scene->Flags & SceneFlags.Narrate) != 0;
        vm->Add(vcpu);
        VcpuSwitch.Leave(machine);
        bool isReady = TryPrepare(vm, vcpu, out bool isDone);
        if (!isReady)
        {
            Release(vm, vcpu);
        }

        return isReady || isDone;
    }

    private static bool TryPrepare(Vm* vm, Vcpu* vcpu, out bool isDone)
    {
        Seat* seat = vm->Seat;
        isDone = false;
        if (!ControlPolicy.TryChoose(
            vm->Machine->Facts.Vmx, vm->Scene->Controls, out vcpu->Controls, out MissingControl missing))
        {
            Writer.Log.Text("guest '"u8).Text(seat->Name).Text("' needs '"u8)
                .Text(ControlNames.Of(missing.Word, missing.Bit)).Text("' ("u8).Text(ControlNames.Of(missing.Word))
                .Text(" controls), which this processor cannot set so"u8).EndLine();
            return false;
        }

        if (!GuestSetup.TryGiveMemory(vm, seat->Settings, out ReadOnlySpan<byte> complaint))
        {
            return Refuse(seat, complaint);
        }

        if (vm->Scene->Computation != Computation.None)
        {
            isDone = Computed.Run(vm, vcpu, seat->Settings);
            return false;
        }

        bool isShared = vm->Machine->Seats.Used > 1 || GuestSetup.VcpusOf(vm->Scene, seat->Settings) > 1;
        if (isShared && !CanShare(vm, vcpu))
        {
            return Refuse(seat, "it cannot share the processor"u8);
        }

        if (!GuestSetup.TryGiveVmcs(vm, vcpu, seat->Settings, out complaint))
        {
            return Refuse(seat, complaint);
        }

        if (!vm->Machine->Seats.HasRoom || !vm->Machine->Seats.TryAdd(vcpu, seat->Weight, Cpu.ReadTsc()))
        {
            return Refuse(seat, "there are too many processors already"u8);
        }

        Tell(vm, vcpu);
        return true;
    }

    // The timer is what takes the processor back from a guest; the host's own interrupt goes to whoever runs.
    private static bool CanShare(Vm* vm, Vcpu* vcpu) =>
        vcpu->Controls.Has(PinControls.PreemptionTimer) && vcpu->Controls.Has(ExitControls.SavePreemptionTimerValue)
        && vm->Scene->HostVector == 0;

    private static void Tell(Vm* vm, Vcpu* vcpu)
    {
        if (!vm->Seat->IsBrief)
        {
            MemoryReport.Print(vm);
        }

        if ((vm->Scene->Flags & SceneFlags.Narrate) != 0)
        {
            ControlsReport.Print(Output.Console, vcpu->Controls);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Release(Vm* vm, Vcpu* vcpu)
    {
        FramePool* frames = &vm->Machine->Frames;
        vm->Seat->Vm = null;
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

        GuestEnd expected = vm->Scene->ExpectedEnd == GuestEnd.None ? GuestEnd.PoweredOff : vm->Scene->ExpectedEnd;
        bool met = vm->End == expected;
        for (ulong i = 0; i < vm->Scene->ExitCount; i++)
        {
            ExitExpectation* expectation = vm->Scene->Exits + i;
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
    private static bool Refuse(Seat* seat, ReadOnlySpan<byte> complaint)
    {
        Writer.Log.Text("guest '"u8).Text(seat->Name).Text("' cannot start: "u8).Text(complaint).EndLine();
        return false;
    }
}
