// The rest of a PC as a kernel finds it: the ACPI tables in the BIOS area, the power-management timer against the TSC,
// the date in the real-time clock, and soft-off by the values that the DSDT names. Then the other ways to an end: three
// reset ports, and the exit port of test machines. ACPI 6.5, 5.2 ACPI System Description Tables, 4.8.3 PM1 Event
// Grouping; MC146818A data sheet.

using System;
using System.Text;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Acpi
{
    private const int BiosArea = 0xE_0000;
    private const int BiosAreaEnd = 0x10_0000;
    private const int RsdpBytes = 36;
    private const int HeaderBytes = 36;

    // Fields of the FADT.
    private const int Dsdt = 40, PowerControl = 64, PowerTimer = 76;

    // 10 ms of the timer, which counts in 24 bits; and 10 us, for an exit looks at the timer some time before
    // the guest looks at its TSC.
    private const int TimerTicks = 35_795 + 36;
    private const int TimerMask = 0xFF_FFFF;

    private static readonly GuestConfig s_reset = new(GuestImage.None) { End = GuestEnd.Reset, Flags = VmFeatures.Pc };

    public static Guest Guest { get; } = new(
        "acpi", "", "ACPI tables, timer and soft-off, the date; then reset ports and the exit port",
        new GuestConfig(Start.Long(Body))
        {
            Title = "tables, timer, date, and off as the DSDT says",
            Flags = VmFeatures.Pc,
        },
        s_reset with { Title = "reset: CF9", Image = Start.Real(part => Out(part, 0xCF9, 6)) },
        s_reset with { Title = "reset: keyboard controller", Image = Start.Real(part => Out(part, 0x64, 0xFE)) },
        s_reset with { Title = "reset: port 92", Image = Start.Real(part => Out(part, 0x92, 1)) },
        s_reset with
        {
            Title = "exit port, value 42",
            Image = Start.Real(part => Out(part, 0xF4, 42)),
            End = GuestEnd.DebugExit,
        })
    {
        IsExact = true,
    };

    private static void Out(GuestCode part, ushort port, byte value)
    {
        part.Code.mov(dx, port);
        part.Code.mov(al, value);
        part.Code.@out(dx, al);
        part.Halt();
    }

    // R12: the FADT.
    private static void Body(GuestCode part)
    {
        FindRoot(part);
        EachTable(part);
        Timer(part);
        Date(part);
        SoftOff(part);
        part.Remark("FAILED: still on\n");
        part.Halt();
    }

    // RBX: the XSDT.
    private static void FindRoot(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(rax, BitConverter.ToUInt64(Encoding.ASCII.GetBytes("RSD PTR ")));
        c.mov(ebx, BiosArea - 16);
        Place next = part.Here();
        c.add(ebx, 16);
        c.cmp(ebx, BiosAreaEnd);
        part.Expect(c.jb, "there is no RSDP");
        c.cmp(__qword_ptr[rbx], rax);
        c.jne(next);
        c.mov(ecx, RsdpBytes);
        Sum(part);
        part.PrintLine("RSDP found");
        c.mov(rbx, __qword_ptr[rbx + 24]);
    }

    private static void EachTable(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ecx, __dword_ptr[rbx + 4]);
        Sum(part);
        c.lea(rsi, __[rbx + HeaderBytes]);
        c.lea(rdi, __[rbx + rcx]);
        Place next = part.Here();
        c.mov(rbx, __qword_ptr[rsi]);
        c.mov(ecx, __dword_ptr[rbx + 4]);
        Sum(part);
        Place other = part.NewPlace();
        c.cmp(__dword_ptr[rbx], BitConverter.ToInt32(Encoding.ASCII.GetBytes("FACP")));
        c.jne(other);
        c.mov(r12, rbx);
        part.Mark(other);
        for (int i = 0; i < 4; i++)
        {
            c.mov(al, __byte_ptr[rbx + i]);
            c.mov(dx, GuestCode.SerialPort);
            c.@out(dx, al);
        }

        part.PrintLine(": its bytes add up to zero");
        c.add(rsi, 8);
        c.cmp(rsi, rdi);
        c.jb(next);
    }

    // ECX bytes from RBX.
    private static void Sum(GuestCode part)
    {
        Assembler c = part.Code;
        c.xor(eax, eax);
        c.mov(edx, ecx);
        Place next = part.Here();
        c.add(al, __byte_ptr[rbx + rdx - 1]);
        c.dec(edx);
        c.jne(next);
        c.test(al, al);
        part.Expect(c.je, "the bytes of a table do not add up to zero");
    }

    private static void Timer(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(edx, __dword_ptr[r12 + PowerTimer]);
        c.@in(eax, dx);
        c.mov(ebx, eax);
        c.rdtsc();
        c.mov(edi, eax);
        c.mov(edx, __dword_ptr[r12 + PowerTimer]);
        Place wait = part.Here();
        c.@in(eax, dx);
        c.sub(eax, ebx);
        c.and(eax, TimerMask);
        c.cmp(eax, TimerTicks);
        c.jb(wait);
        c.rdtsc();
        c.sub(eax, edi);
        c.mov(edi, eax);
        c.mov(eax, 0x16);
        c.cpuid();
        c.imul(eax, eax, 10_000);
        c.sub(edi, eax);
        c.cmp(edi, eax);
        part.Expect(c.jb, "10 ms of the timer are too short");
        c.imul(edi, edi, 50);
        c.cmp(edi, eax);
        part.Expect(c.jb, "10 ms of the timer are too long");
        part.PrintLine("PM timer: 10 ms are 10 ms of the TSC");
    }

    private static void Date(GuestCode part)
    {
        Assembler c = part.Code;
        Place wait = part.Here();
        Clock(c, 0x0A);
        c.test(al, 0x80);
        c.jne(wait);
        part.Print("date: ");
        foreach ((byte register, string behind) in new (byte, string)[]
            { (0x32, ""), (9, "-"), (8, "-"), (7, " "), (4, ":"), (2, ":"), (0, "\n") })
        {
            Clock(c, register);
            part.PrintHex(2);
            part.Print(behind);
        }

        Clock(c, 8);
        c.dec(al);
        c.cmp(al, 0x12);
        part.Expect(c.jb, "that is no month");
    }

    private static void Clock(Assembler c, byte register)
    {
        c.mov(al, register);
        c.@out(0x70, al);
        c.@in(al, 0x71);
    }

    // What follows the name: package, its length, how many; a byte each for PM1a and PM1b.
    private static void SoftOff(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ebx, __dword_ptr[r12 + Dsdt]);
        Place next = part.Here();
        c.inc(ebx);
        c.cmp(__dword_ptr[rbx], BitConverter.ToInt32(Encoding.ASCII.GetBytes("_S5_")));
        c.jne(next);
        part.PrintLine("off: the type that \\_S5 names");
        c.movzx(eax, __byte_ptr[rbx + 8]);
        c.shl(eax, 10);
        c.or(eax, 0x2001);
        c.mov(edx, __dword_ptr[r12 + PowerControl]);
        c.@out(dx, ax);
    }
}
