// What happened in a run, in numbers: exits by reason with the ticks their handling took, entries, events.
namespace MinusOne.Hv.Exits;

internal unsafe struct Counters
{
    // Basic reasons end at 85 in the manual of today; what is higher shares the last place.
    public const int Reasons = 87;

    // Those that the run loop has asked for.
    public ulong LongEntries;
    public ulong Injected;
    public ulong GuestTicks;
    private fixed ulong _exits[Reasons];
    private fixed ulong _ticks[Reasons];

    // The exits that the short path finished, also by reason.
    private ulong _cpuid;
    private ulong _vmcall;
    private ulong _port;
    private ulong _rdmsr;
    private ulong _wrmsr;
    private ulong _memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(uint reason, ulong ticks)
    {
        uint index = reason < Reasons ? reason : Reasons - 1;
        _exits[index]++;
        _ticks[index] += ticks;
    }

    // One that the short path finished: counted, not timed. The reason is a constant, and what remains is one
    // instruction; `+=` would be three.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CountFast(Vm* vm, ExitReason reason, ulong by = 1)
    {
        switch (reason)
        {
            case ExitReason.Cpuid:
                vm->Counters._cpuid = vm->Counters._cpuid + by;
                break;
            case ExitReason.Vmcall:
                vm->Counters._vmcall = vm->Counters._vmcall + by;
                break;
            case ExitReason.IoInstruction:
                vm->Counters._port = vm->Counters._port + by;
                break;
            case ExitReason.Rdmsr:
                vm->Counters._rdmsr = vm->Counters._rdmsr + by;
                break;
            case ExitReason.Wrmsr:
                vm->Counters._wrmsr = vm->Counters._wrmsr + by;
                break;
            case ExitReason.EptViolation:
                vm->Counters._memory = vm->Counters._memory + by;
                break;
        }
    }

    // It was not finished there after all.
    public static void UncountFast(Vm* vm, ExitReason reason) => CountFast(vm, reason, ulong.MaxValue);

    public readonly ulong Exits(int reason) => _exits[reason] + (ExitReason)reason switch
    {
        ExitReason.Cpuid => _cpuid,
        ExitReason.Vmcall => _vmcall,
        ExitReason.IoInstruction => _port,
        ExitReason.Rdmsr => _rdmsr,
        ExitReason.Wrmsr => _wrmsr,
        ExitReason.EptViolation => _memory,
        _ => 0,
    };

    public readonly ulong Timed(int reason) => _exits[reason];
    public readonly ulong Ticks(int reason) => _ticks[reason];

    // Every exit that the short path finished ended in one, too.
    public readonly ulong Entries => LongEntries + _cpuid + _vmcall + _port + _rdmsr + _wrmsr + _memory;
}
