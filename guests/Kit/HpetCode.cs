// The HPET as a clock of 100 MHz for guests: started at 0, read, waited for. HPET specification 1.0a, 2.3 Register
// Model.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal sealed class HpetCode
{
    public const uint Page = 0xFED0_0000;
    public const uint Configuration = Page + 0x010;
    public const uint Status = Page + 0x020;
    public const uint Counter = Page + 0x0F0;

    private readonly GuestCode _part;
    private readonly Place _wait;

    public HpetCode(GuestCode part)
    {
        _part = part;
        _wait = part.NewPlace();
        part.AtEnd(Emit);
    }

    public static uint Timer(uint index) => Page + 0x100 + (0x20 * index);

    // Clobbers RAX. An address above 2 GiB needs a register.
    public void Write(uint register, uint value)
    {
        _part.Code.mov(eax, register);
        _part.Code.mov(__dword_ptr[rax], value);
    }

    // EAX: the low half of the counter.
    public void Read()
    {
        _part.Code.mov(eax, Counter);
        _part.Code.mov(eax, __dword_ptr[rax]);
    }

    // So many ticks. Clobbers RAX, RCX, RDX.
    public void Wait(uint ticks)
    {
        _part.Code.mov(ecx, ticks);
        _part.Code.call(_wait);
    }

    private void Emit()
    {
        Assembler c = _part.Code;
        _part.Mark(_wait);
        c.mov(eax, Counter);
        c.mov(edx, __dword_ptr[rax]);
        Place again = _part.Here();
        c.mov(eax, Counter);
        c.mov(eax, __dword_ptr[rax]);
        c.sub(eax, edx);
        c.cmp(eax, ecx);
        c.jb(again);
        c.ret();
    }
}
