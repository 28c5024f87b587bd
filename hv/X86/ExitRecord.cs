// What is kept of an exit, and a ring of the last ones for each virtual processor: always on, for the report on a guest
// that ends otherwise than it is meant to, and for whoever records all of them (Trace/). The exit stub begins a record
// with every exit, and completes it if the exit goes to the run loop; what the short path finishes is neither timed nor
// described: its verdict is 0, and what stands from Time on is of an older exit. Offsets used by the stubs are taken
// from this very struct.
namespace MinusOne.Hv.X86;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ExitRecord
{
    // The ring is one because its last record leads to its first: so going on costs no comparison.
    public ExitRecord* Next;

    // As the processor gives it, with the bits above the basic reason, and what was made of it, which the stub clears.
    public uint Reason;
    public uint Verdict;
    public ulong Rip;

    // The host's TSC.
    public ulong Time;
    public ulong Ticks;
    public ulong Cr3;
    public ulong Qualification;

    // Only where every exit is recorded: the guest-physical address, the MSR or the leaf that it is about.
    public ulong Subject;

    // No instruction exits with reason 0 at address 0 before there was another.
    public readonly bool IsThere => Verdict != 0 || Rip != 0 || Reason != 0;

    public readonly bool IsComplete => Verdict != 0;

    // What the stub does in machine code: reason and verdict are one word.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Begin(GuestRegisters* registers, uint reason, ulong rip)
    {
        ExitRecord* exit = registers->Exit->Next;
        registers->Exit = exit;
        *(ulong*)&exit->Reason = reason;
        exit->Rip = rip;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Complete(ExitRecord* exit, ulong time, ulong cr3, ulong qualification)
    {
        exit->Time = time;
        exit->Cr3 = cr3;
        exit->Qualification = qualification;
    }
}

internal unsafe struct ExitRing
{
    public const int Records = 16;
    private fixed ulong _records[Records * 8];

    // The first record that the stream has not got yet, and how much of its time went into recording.
    public int Taken;
    public ulong Lag;

    public readonly ref ExitRecord this[int index] =>
        ref ((ExitRecord*)Unsafe.AsPointer(ref Unsafe.AsRef(in _records[0])))[index & (Records - 1)];

    // How many have not been handed on before this one.
    public readonly int LeftBefore(ExitRecord* record) =>
        (int)(record - (ExitRecord*)Unsafe.AsPointer(ref this[0])) - Taken & (Records - 1);

    // Empty, and known to the stub. It does not move.
    public void Connect(ref GuestRegisters registers)
    {
        this = default;
        for (int i = 0; i < Records; i++)
        {
            this[i].Next = (ExitRecord*)Unsafe.AsPointer(ref this[i + 1]);
        }

        registers.Exit = (ExitRecord*)Unsafe.AsPointer(ref this[0]);
        Taken = 1;
    }
}
