// Checking and ending. A demonstration that sees what it expects powers the machine off; one that does not says so
// and halts for good, which is another end than its configuration wants.

using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal sealed partial class GuestCode
{
    public const ushort PowerOffPort = 0x604;
    public const ushort PowerOffValue = 0x2000;

    private Place? _fail;

    // Goes on if the jump is taken: p.Expect(c.je, "CF is kept").
    public void Expect(Action<Label> jumpIfGood, string otherwise)
    {
        Place good = NewPlace();
        jumpIfGood(good);
        Remark("FAILED: " + otherwise + "\n");
        Code.jmp(_fail ??= NewPlace());
        Mark(good);
    }

    // The power-off port of QEMU's machines, which NimbOS and RVM use too.
    public void PowerOff()
    {
        Code.mov(dx, PowerOffPort);
        Code.mov(ax, PowerOffValue);
        Code.@out(dx, ax);
        Halt();
    }

    public void Halt()
    {
        Place here = Here();
        Code.cli();
        Code.hlt();
        Code.jmp(here);
    }

    private void FinishEnding()
    {
        if (_fail is not null)
        {
            Mark(_fail);
            Halt();
        }
    }
}
