// B4: virtual devices and registers are shares of real ones. Two machines run one after the other on the same
// processor and the same chips. The first leaves marks wherever it can: in memory, in the serial port's scratch
// register, in the interrupt controller's mask, in MSRs and in CR2. The second must find none of them.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Shares
{
    private const ushort ScratchRegister = GuestCode.SerialPort + 7;
    private const ushort InterruptMask = 0x21;
    private const byte Mark = 0xA5;
    private static readonly Msr[] s_registers = [Msr.SysenterEsp, Msr.KernelGsBase, Msr.Lstar];

    public static Guest Guest { get; } = new(
        "shares", "B4", "one machine leaves marks everywhere, the next one finds none",
        new GuestConfig(Start.Long(LeaveMarks)) { Title = "the first machine marks all that it has" },
        new GuestConfig(Start.Long(LookForMarks)) { Title = "the second machine looks for the marks" });

    private static void LeaveMarks(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Layout.Scratch], 0x1234_5678);
        c.mov(eax, Layout.Scratch);
        c.mov(cr2, rax);
        c.mov(al, Mark);
        c.mov(dx, ScratchRegister);
        c.@out(dx, al);
        c.@out((byte)InterruptMask, al);
        foreach (Msr register in s_registers)
        {
            c.mov(ecx, (uint)register);
            c.mov(eax, Mark);
            c.xor(edx, edx);
            c.wrmsr();
        }

        c.mov(dx, ScratchRegister);
        c.@in(al, dx);
        c.cmp(al, Mark);
        part.Expect(c.je, "the serial port has no scratch register");
        part.PrintLine("marked memory, CR2, two chips and three MSRs");
        part.PowerOff();
    }

    private static void LookForMarks(GuestCode part)
    {
        Assembler c = part.Code;
        c.cmp(__dword_ptr[Layout.Scratch], 0);
        part.Expect(c.je, "memory has been used before");
        c.mov(rax, cr2);
        c.test(rax, rax);
        part.Expect(c.je, "CR2 has been used before");
        ExpectUnmarked(part, ScratchRegister, "the serial port");
        ExpectUnmarked(part, InterruptMask, "the interrupt controller");
        foreach (Msr register in s_registers)
        {
            c.mov(ecx, (uint)register);
            c.rdmsr();
            c.test(eax, eax);
            part.Expect(c.je, $"MSR 0x{(uint)register:X} has been used before");
        }

        part.PrintLine("memory, CR2, chips and MSRs are as new");
        part.PowerOff();
    }

    private static void ExpectUnmarked(GuestCode part, ushort port, string name)
    {
        part.Code.mov(dx, port);
        part.Code.@in(al, dx);
        part.Code.cmp(al, Mark);
        part.Expect(part.Code.jne, name + " has been used before");
    }
}
