// The one place where RIP moves. Finishing an instruction on the guest's behalf has the side effects that finishing it
// in hardware has: STI and MOV-SS blocking end, a single step is reported, and RIP wraps as the mode says. SDM 3C 34.4
// (what a VMM must do when it emulates), SDM 1 3.3.4 (wrapping).
namespace MinusOne.Hv.Exits;

internal static unsafe class InstructionEnd
{
    // RIP moves behind the instruction that caused the exit. Its length is valid for exits caused by instructions, and
    // only for those. Nearly always RIP is all that changes, and a stub does it (efi/Stubs/InstructionStub.cs).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Advance(Vm* vm)
    {
        if (!Backend.TryAdvance())
        {
            Advance(ExitInstruction.Length(vm));
        }
    }

    public static void Advance(uint length)
    {
        ulong next = GuestState.Rip + length;
        GuestState.Rip = next > uint.MaxValue ? Wrap(next) : next;
        Finish();
    }

    // Between two iterations of a repeated string instruction: RIP stays, interrupts are taken, and an instruction
    // breakpoint does not come again. SDM 3B 19.3.1.1 Instruction-Breakpoint Exception Condition.
    public static void BetweenIterations(ulong breakpoints)
    {
        Finish();
        GuestState.Rflags |= Rflags.Resume;
        DebugRegisters.Report(breakpoints);
    }

    private static void Finish()
    {
        uint blocking = GuestState.Blocking.Raw;
        if ((blocking & (InterruptibilityState.Sti | InterruptibilityState.MovSs)) != 0)
        {
            GuestState.Blocking = new InterruptibilityState(blocking).AfterInstruction;
        }

        ulong rflags = (ulong)GuestState.Rflags;
        if ((rflags & (ulong)(Rflags.Trap | Rflags.Resume)) != 0)
        {
            FinishFlags(rflags);
        }
    }

    // RIP has 32 bits outside 64-bit mode. A 16-bit code segment ends at its limit, not at 64 KiB: the next fetch sees.
    private static ulong Wrap(ulong rip) =>
        (GuestState.Efer & Efer.LongModeActive) != 0 && GuestState.Rights(GuestSegment.Cs).IsLong ? rip : (uint)rip;

    // RF lasts for one instruction; TF reports every one, or with DEBUGCTL.BTF only branches, and no branch ends here.
    // SDM 3B 19.4.4 Single-Stepping on Branches.
    private static void FinishFlags(ulong rflags)
    {
        GuestState.Rflags = (Rflags)(rflags & ~(ulong)Rflags.Resume);
        bool onBranches = (GuestState.DebugControl & (ulong)DebugCtl.SingleStepOnBranches) != 0;
        if ((rflags & (ulong)Rflags.Trap) != 0 && !onBranches)
        {
            GuestState.PendingTraps = GuestState.PendingTraps.With(PendingDebugExceptions.Step);
        }
    }
}
