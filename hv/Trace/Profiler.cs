// A profile of a guest's time: so many times a second the place where its processor is, and who called there, goes into
// the stream of exits. An exit is looked at twice, when it comes and when it has been dealt with, so that what the
// hypervisor takes is counted as well; the timer that ends slices exits at the latest when a sample is due. Taking a
// sample is no part of the guest's time: all of its clocks stand still meanwhile.
namespace MinusOne.Hv.Trace;

internal static unsafe class Profiler
{
    public static bool IsOn(Vm* vm) => vm->Slot != null && VmSlot.Of(vm)->Settings.SamplesASecond != 0;

    public static void Begin(Vm* vm)
    {
        if (IsOn(vm))
        {
            ref ProfileClock clock = ref TraceRecorder.Of(vm->Machine)->Samples;
            clock.Interval = Math.Max(vm->Machine->TscHertz / VmSlot.Of(vm)->Settings.SamplesASecond, 1);
            clock.GoOn(Cpu.ReadTsc());
        }
    }

    // An exit has come; the guest ran until then, or waited in HLT.
    public static void Come(Vm* vm, Vcpu* vcpu)
    {
        ref ProfileClock clock = ref TraceRecorder.Of(vm->Machine)->Samples;
        byte state = GuestState.Activity == ActivityState.Hlt ? TraceFormat.Halted : TraceFormat.AtWork;
        Take(vm, vcpu, state, clock.Take(vcpu->Registers.Exit->Time));
        vm->Processor->IsAsked = true;
    }

    // It has been dealt with.
    public static void Gone(Vm* vm, Vcpu* vcpu)
    {
        ref ProfileClock clock = ref TraceRecorder.Of(vm->Machine)->Samples;
        ulong now = Cpu.ReadTsc();
        ulong ticks = clock.Take(now);
        if (ticks != 0)
        {
            Take(vm, vcpu, TraceFormat.FirstReason + (uint)(ushort)vcpu->Registers.Exit->Reason, ticks);
            now = Cpu.ReadTsc();
        }

        ulong left = (clock.Due > now ? clock.Due - now : 0) >> vm->TimerShift;
        vm->SliceTicks = (uint)Math.Min(left + 1, uint.MaxValue);
        Backend.ArmTimer(vm->SliceTicks);
    }

    // Somebody looked at the guest for a while, which is not its time.
    public static void GoOn(Vm* vm) => TraceRecorder.Of(vm->Machine)->Samples.GoOn(Cpu.ReadTsc());

    private static void Take(Vm* vm, Vcpu* vcpu, uint state, ulong ticks)
    {
        if (ticks == 0)
        {
            return;
        }

        ulong began = Cpu.ReadTsc();
        TraceRecorder* recorder = TraceRecorder.Of(vm->Machine);
        Span<ulong> chain = stackalloc ulong[TraceFormat.MostFrames];
        int count = CallChain.Read(vm, vcpu, chain);
        recorder->Put(vm->Number, vcpu->Index, state, ticks, chain.Slice(0, count));
        ulong spent = Cpu.ReadTsc() - began;
        recorder->Samples.Due += spent;
        GuestTime.Skip(vm, vcpu, spent);
    }
}

// When samples are due, as host TSC values.
internal struct ProfileClock
{
    public ulong Interval;
    public ulong Due;

    // How much time they stand for that have come due; 0: none.
    public ulong Take(ulong now)
    {
        ulong ticks = now < Due || Interval == 0 ? 0 : (((now - Due) / Interval) + 1) * Interval;
        Due += ticks;
        return ticks;
    }

    public void GoOn(ulong now) => Due = Due > now ? Due : now + Interval;
}
