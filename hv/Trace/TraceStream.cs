// Every exit of a guest that is recorded goes out by a port of its own: told of an exit, the stream sends those before
// it, which are complete. The short path is closed for such a guest, for it completes no record.
namespace MinusOne.Hv.Trace;

internal static unsafe class TraceStream
{
    // An instruction that is carried out with a page in the place of a device has exits within an exit. They are never
    // completed; the one around them will be.
    private const int Patience = ExitRing.Records / 2;

    public static bool IsOn(Vm* vm) =>
        vm->Slot != null && (VmSlot.Of(vm)->Settings.Record.IsOn || Profiler.IsOn(vm));

    public static void Begin(Vm* vm)
    {
        if (IsOn(vm))
        {
            TraceRecorder.Of(vm->Machine)->Begin(
                vm->Number, (uint)vm->VcpuCount, VmSlot.Of(vm)->Name, Cpu.ReadTsc(), vm->Machine->TscHertz);
            Profiler.Begin(vm);
        }
    }

    public static void Tell(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        ulong began = Cpu.ReadTsc();
        TraceRecorder* recorder = TraceRecorder.Of(vm->Machine);
        ExitRecord* exit = vcpu->Registers.Exit;
        exit->Subject = SubjectOf(vcpu, reason);
        Drain(vm, vcpu, recorder, vcpu->Exits.LeftBefore(exit), Patience);
        if (Profiler.IsOn(vm))
        {
            Profiler.Come(vm, vcpu);
        }

        ulong spent = Cpu.ReadTsc() - began;
        exit->Time += spent;
        recorder->Add(spent);
        vcpu->Exits.Lag = recorder->Lag;
    }

    public static void End(Vm* vm)
    {
        if (IsOn(vm))
        {
            TraceRecorder* recorder = TraceRecorder.Of(vm->Machine);
            ulong now = Cpu.ReadTsc();
            for (int i = 0; i < vm->VcpuCount; i++)
            {
                Vcpu* vcpu = vm->At(i);
                Drain(vm, vcpu, recorder, vcpu->Exits.LeftBefore(vcpu->Registers.Exit) + 1, patience: 0);
            }

            recorder->End(vm->Number, GuestEnds.Word(vm->End), now);
            recorder->Add(Cpu.ReadTsc() - now);
        }
    }

    private static void Drain(Vm* vm, Vcpu* vcpu, TraceRecorder* recorder, int left, int patience)
    {
        ref ExitFilter filter = ref VmSlot.Of(vm)->Settings.Record;
        ref ExitRing ring = ref vcpu->Exits;
        for (; left > 0; left--)
        {
            ref ExitRecord record = ref ring[ring.Taken];
            if (!record.IsComplete && left < patience)
            {
                return;
            }

            if (filter.IsOn && record.IsThere && filter.Has(record.Reason, record.Rip))
            {
                recorder->Put(vm->Number, vcpu->Index, in record, ring.Lag);
            }

            ring.Taken++;
        }
    }

    // What an exit is about besides its qualification.
    private static ulong SubjectOf(Vcpu* vcpu, ExitReason reason) => reason switch
    {
        ExitReason.EptViolation or ExitReason.EptMisconfiguration => ExitFacts.PhysicalAddress.Value,
        ExitReason.Rdmsr or ExitReason.Wrmsr => (uint)vcpu->Registers.Rcx,
        ExitReason.Cpuid or ExitReason.Vmcall or ExitReason.IoInstruction => (uint)vcpu->Registers.Rax,
        _ => 0,
    };
}
