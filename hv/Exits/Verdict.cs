// What became of an exit, on the short path and behind it: one word, a bit for each thing that is still to be done.
// The exit stub acts on the bits that it knows (efi/Stubs/WorldSwitch.cs); everything else is the run loop's. Handlers
// do not move RIP: InstructionEnd does, after them, or a stub where RIP alone changes.
namespace MinusOne.Hv.Exits;

[Flags]
internal enum Verdict : uint
{
    // The short half of a family has done nothing: the run loop handles the exit.
    Refused = 0,

    // The instruction has been carried out: go on behind it.
    Advance = 1,

    // Enter again where the guest stopped: a fault was repaired, an event is pending, or RIP has been moved.
    Resume = 2,

    // All is done but what Advance says, and the run loop must see the guest before it goes on.
    InLoop = 4,

    // With Resume: any register may have changed. Alone: nothing has been done, but the short half of device memory may
    // do it once the stub has saved the other general registers.
    AllRegisters = 8,

    // The guest is over; why stands in the Vm.
    End = 16,

    AdvanceInLoop = Advance | InLoop,
    ResumeInLoop = Resume | InLoop,
    ResumeAll = Resume | AllRegisters,
}
