// One scene from its first frame to its last: give the guest its memory and a VMCS, put its image in place, run it,
// report, and take everything back. Whatever cannot be had is said in one sentence, and nothing is left behind.

using System;
using MinusOne.Hv.Computations;
using MinusOne.Hv.Exits;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Report;
using MinusOne.Hv.Time;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv;

internal static unsafe class SceneRun
{
    // True if the guest ended as its scene says it is meant to.
    public static bool Run(Machine* machine, Scene* scene, ReadOnlySpan<byte> name, in RunSettings settings)
    {
        uint available = machine->Frames.Available;
        if (!machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa vmFrame))
        {
            return Refuse(name, "no frame left for it"u8);
        }

        bool asExpected = false;
        if (machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa vcpuFrame))
        {
            var vm = (Vm*)vmFrame.Pointer;
            var vcpu = (Vcpu*)vcpuFrame.Pointer;
            vm->Machine = machine;

            // A copy: a kernel file has its own word on how the guest begins.
            Scene own = *scene;
            vm->Scene = &own;
            vm->Trace = settings.Trace;
            vm->IsTold = settings.Trace || (scene->Flags & SceneFlags.Narrate) != 0;
            asExpected = RunPrepared(vm, vcpu, name, settings);
            machine->Frames.Free(vcpuFrame, FrameOwner.Hypervisor);
        }
        else
        {
            Refuse(name, "no frame left for its processor"u8);
        }

        machine->Frames.Free(vmFrame, FrameOwner.Hypervisor);
        return AccountForFrames(available, machine->Frames.Available, settings) && asExpected;
    }

    private static bool AccountForFrames(uint before, uint after, in RunSettings settings)
    {
        if (before != after)
        {
            Writer.Log.Text("frames in the pool: "u8).Decimal(before).Text(" before, "u8).Decimal(after)
                .Text(" after"u8).EndLine();
        }
        else if (!settings.Brief)
        {
            Writer.Log.Text("VMCLEAR; every frame has come back"u8).EndLine();
        }

        return before == after;
    }

    private static bool RunPrepared(Vm* vm, Vcpu* vcpu, ReadOnlySpan<byte> name, in RunSettings settings)
    {
        bool asExpected = false;
        if (!ControlPolicy.TryChoose(
            vm->Machine->Facts.Vmx, vm->Scene->Controls, out vcpu->Controls, out MissingControl missing))
        {
            Writer.Log.Text("guest '"u8).Text(name).Text("' needs '"u8).Text(ControlNames.Of(missing.Word, missing.Bit))
                .Text("' ("u8).Text(ControlNames.Of(missing.Word))
                .Text(" controls), which this processor cannot set so"u8).EndLine();
            return false;
        }

        if (!GuestSetup.TryGiveMemory(vm, settings, out ReadOnlySpan<byte> complaint))
        {
            Refuse(name, complaint);
        }
        else if (vm->Scene->Computation != Computation.None)
        {
            asExpected = Computed.Run(vm, vcpu, settings);
        }
        else if (GuestSetup.TryGiveVmcs(vm, vcpu, settings, out complaint))
        {
            if (!settings.Brief)
            {
                MemoryReport.Print(vm);
            }

            if ((vm->Scene->Flags & SceneFlags.Narrate) != 0)
            {
                ControlsReport.Print(Output.Console, vcpu->Controls);
            }

            RunWithHostTimer(vm, vcpu);
            asExpected = IsExpected(vm);
            asExpected &= WatchedPages.AreMarkedAsExpected(vm);
            FinalReport.Print(vm, vcpu, name, asExpected, brief: settings.Brief && asExpected);
        }
        else
        {
            Refuse(name, complaint);
        }

        GuestSetup.TakeBack(vm, vcpu);
        return asExpected;
    }

    private static void RunWithHostTimer(Vm* vm, Vcpu* vcpu)
    {
        byte vector = (byte)vm->Scene->HostVector;
        if (vector != 0)
        {
            HostTimer.Arm(vector);
        }

        Deadlines.Start(vm, vcpu);
        RunLoop.Run(vm, vcpu);
        if (vector != 0)
        {
            HostTimer.Disarm(vector);
        }
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

    private static bool Refuse(ReadOnlySpan<byte> name, ReadOnlySpan<byte> complaint)
    {
        Writer.Log.Text("guest '"u8).Text(name).Text("' cannot start: "u8).Text(complaint).EndLine();
        return false;
    }
}
