// What the short path made of an exit. The exit stub acts on the first five; everything else goes back to the run
// loop, with what is left to do in the low bits.

namespace MinusOne.Hv.Exits.Fast;

internal enum FastAnswer : uint
{
    // Nothing was done: the run loop handles the exit.
    Leave = 0,

    // Done: behind the instruction, and into the guest again.
    Advance = 1,

    // Done: into the guest again.
    Resume = 2,

    // Nothing was done yet: FastDevices may, once the stub has saved the other general registers.
    NeedsAll = 8,

    // Done, and any register may have changed.
    ResumeAll = NeedsAll | Resume,

    // Done but for RIP, and the run loop must see the guest before it goes on.
    AdvanceInLoop = 4 | Advance,
    ResumeInLoop = 4 | Resume,
}
