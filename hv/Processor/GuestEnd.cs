// How a guest can end. A run succeeds if the guest ended as its program says it is meant to.
namespace MinusOne.Hv.Processor;

internal enum GuestEnd : uint
{
    // It is still running.
    None = 0,

    // It asked for power-off, as it is meant to unless the configuration says otherwise.
    PoweredOff = 1,

    // HLT with nothing left that could wake it.
    Halted = 2,

    TripleFault = 3,
    Shutdown = 4,

    // It touched guest-physical memory that it does not have, or wrote to read-only memory.
    IllegalAddress = 5,

    // Its memory quota, or the host's memory, is used up.
    OutOfMemory = 6,

    // VM entry was refused.
    EntryFailed = 7,

    // An exit that nobody handles.
    UnhandledExit = 8,

    // The same fault at the same place again and again, or no exit and no move for too long.
    NoProgress = 9,

    // It could not be loaded.
    NotLoaded = 10,

    // An instruction that the emulation of devices does not know.
    Undecodable = 11,

    Reset = 12,

    // Its user or its time limit ended it.
    Stopped = 13,
    TimedOut = 14,

    // There was no guest: the hypervisor worked something out, and it is as it should be.
    Computed = 15,

    // It wrote to the exit port of test machines.
    DebugExit = 16,
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
        _ => "?"u8,
    };

    public static ReadOnlySpan<byte> Sentence(GuestEnd end) => end switch
    {
        GuestEnd.PoweredOff => "it powered off"u8,
        GuestEnd.Halted => "HLT with nothing left that could wake it"u8,
        GuestEnd.TripleFault => "triple fault: an exception while a double fault was being delivered"u8,
        GuestEnd.Shutdown => "shutdown"u8,
        GuestEnd.IllegalAddress => "it touched memory that it does not have"u8,
        GuestEnd.OutOfMemory => "no memory left for it"u8,
        GuestEnd.EntryFailed => "VM entry was refused"u8,
        GuestEnd.UnhandledExit => "an exit that nobody handles"u8,
        GuestEnd.NoProgress => "it makes no progress"u8,
        GuestEnd.NotLoaded => "it could not be loaded"u8,
        GuestEnd.Undecodable => "an instruction on device memory that cannot be emulated"u8,
        GuestEnd.Reset => "it asked for a reset"u8,
        GuestEnd.Stopped => "it was stopped"u8,
        GuestEnd.TimedOut => "its time was up"u8,
        GuestEnd.DebugExit => "it wrote to the exit port"u8,
        _ => "?"u8,
    };
}
