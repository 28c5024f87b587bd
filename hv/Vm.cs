// What a guest owns: its scene (what it is and how it is meant to end), its memory, its devices' state, its counters, and how it
// ended. One virtual processor for the time being.

using System.Runtime.CompilerServices;
using MinusOne.Hv.Devices;
using MinusOne.Hv.Exits;
using MinusOne.Hv.Guests;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Report;
using MinusOne.Hv.Vmx;

namespace MinusOne.Hv;

internal unsafe struct Vm
{
    // Slices of 10 ms at one place without any other exit: 10 seconds.
    public const uint MostIdleSlices = 1000;

    public Machine* Machine;
    public Scene* Scene;
    public GuestMemory Memory;
    public Interception Interception;
    public Counters Counters;

    // The devices of its board that have a state.
    public SerialPort Serial;
    public CounterDevice Counter;
    public ScratchDevice Scratch;

    // Every exit is told in the log.
    public bool Trace;

    // Somebody listens: in the log, or on the console because the scene is for learners.
    public bool IsTold;
    public Repeats Told;

    // Preemption-timer ticks of one slice.
    public uint SliceTicks;

    public GuestEnd End;

    // What the end was about: an address, and how it was accessed.
    public Gpa EndAddress;
    public PageRights EndAccess;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public Verdict EndWith(GuestEnd end)
    {
        End = end;
        return Verdict.End;
    }

    public Verdict EndWith(GuestEnd end, Gpa address, PageRights access)
    {
        EndAddress = address;
        EndAccess = access;
        return EndWith(end);
    }
}
