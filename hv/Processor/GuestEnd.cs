// How a guest can end. A run succeeds if the guest ended as its program says it is meant to.
namespace MinusOne.Hv.Processor;

internal enum GuestEnd : uint
{
    // It is still running.
    None = 0,

    // As it is meant to, unless the configuration says otherwise.
    [Says("it powered off")] PoweredOff = 1,
    [Says("HLT with nothing left that could wake it")] Halted = 2,
    [Says("triple fault: an exception while a double fault was being delivered")] TripleFault = 3,
    [Says("shutdown")] Shutdown = 4,

    // Or it wrote to read-only memory.
    [Says("it touched memory that it does not have")] IllegalAddress = 5,

    // Its memory quota, or the host's memory, is used up.
    [Says("no memory left for it")] OutOfMemory = 6,
    [Says("VM entry was refused")] EntryFailed = 7,
    [Says("an exit that nobody handles")] UnhandledExit = 8,

    // The same fault at the same place again and again, or no exit and no move for too long.
    [Says("it makes no progress")] NoProgress = 9,
    [Says("it could not be loaded")] NotLoaded = 10,
    [Says("an instruction on device memory that cannot be emulated")] Undecodable = 11,
    [Says("it asked for a reset")] Reset = 12,
    [Says("it was stopped")] Stopped = 13,
    [Says("its time was up")] TimedOut = 14,

    // There was no guest: the hypervisor worked something out, and it is as it should be.
    Computed = 15,

    // The exit port of test machines.
    [Says("it wrote to the exit port")] DebugExit = 16,
    [Says("the machine has reported broken hardware")] MachineCheck = 17,
}

internal static class GuestEnds
{
    // The word in the machine-readable line.
    public static ReadOnlySpan<byte> Word(GuestEnd end) => end switch
    {
        GuestEnd.None => "running"u8,
        GuestEnd.PoweredOff => "power-off"u8,
        GuestEnd.Halted => "halt"u8,
        GuestEnd.TripleFault => "triple-fault"u8,
        GuestEnd.Shutdown => "shutdown"u8,
        GuestEnd.IllegalAddress => "illegal-address"u8,
        GuestEnd.OutOfMemory => "out-of-memory"u8,
        GuestEnd.EntryFailed => "entry-failed"u8,
        GuestEnd.UnhandledExit => "unhandled-exit"u8,
        GuestEnd.NoProgress => "no-progress"u8,
        GuestEnd.NotLoaded => "not-loaded"u8,
        GuestEnd.Undecodable => "undecodable"u8,
        GuestEnd.Reset => "reset"u8,
        GuestEnd.Stopped => "stopped"u8,
        GuestEnd.TimedOut => "timed-out"u8,
        GuestEnd.Computed => "computed"u8,
        GuestEnd.DebugExit => "debug-exit"u8,
        GuestEnd.MachineCheck => "machine-check"u8,
        _ => "?"u8,
    };
}
