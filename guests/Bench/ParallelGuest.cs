// What several guests do at the same time, each on a processor of its own: three kinds of work, in parts of the same
// size, and the TSC before the first part and behind each. Guests begin one after the other, so each waits for its
// clock to come to the number that is its seed. The times are printed last, for the console is one, and `bench
// --host-cpus N` works out what all of them did while all of them were at it.

using System;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bench;

internal static class ParallelGuest
{
    private const uint Parts = 16;

    // What one part consists of.
    private const uint Rounds = 100_000;
    private const uint Pages = 128;
    private const uint Reads = 2_000;

    private const uint FreshPages = 0x40_0000;
    private const int PageBytes = 0x1000;
    private const byte PicMask = 0x21;

    public static Guest Guest { get; } = new(
        "parallel", "", "three kinds of work with the time of each part; give it several times, with --host-cpus",
        new GuestConfig(Start.Long(Body))
        {
            MemoryBytes = 0x200_0000,
            Flags = VmFeatures.Pc,
            Lesson = LessonFeatures.SeedInRegisters,
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        Wait(part);
        c.mov(r15d, Layout.Scratch);
        c.mov(edi, FreshPages);
        Work(part, Rounds, () =>
        {
            c.imul(eax, eax, 1_664_525);
            c.add(eax, 1_013_904_223);
        });
        Work(part, Pages, () =>
        {
            c.mov(__dword_ptr[rdi], edi);
            c.add(rdi, PageBytes);
        });
        Work(part, Reads, () => c.@in(al, PicMask));
        c.mov(r15d, Layout.Scratch);
        Print(part, "compute");
        Print(part, "pages");
        Print(part, "ports");
        part.PowerOff();
    }

    private static void Wait(GuestCode part)
    {
        Assembler c = part.Code;
        Place next = part.Here();
        c.rdtsc();
        c.shl(rdx, 32);
        c.or(rax, rdx);
        c.cmp(rax, rsi);
        c.jb(next);
    }

    private static void Work(GuestCode part, uint times, Action body)
    {
        Assembler c = part.Code;
        Stamp(c);
        c.mov(r14d, Parts);
        Place next = part.Here();
        c.mov(ecx, times);
        Place again = part.Here();
        body();
        c.dec(ecx);
        c.jne(again);
        Stamp(c);
        c.dec(r14d);
        c.jne(next);
    }

    private static void Stamp(Assembler c)
    {
        c.rdtsc();
        c.shl(rdx, 32);
        c.or(rax, rdx);
        c.mov(__qword_ptr[r15], rax);
        c.add(r15, 8);
    }

    private static void Print(GuestCode part, string name)
    {
        Assembler c = part.Code;
        c.mov(r14d, Parts + 1);
        Place next = part.Here();
        part.Print($"parallel: {name} ");
        c.mov(rax, __qword_ptr[r15]);
        part.PrintHex(16);
        part.Print("\n");
        c.add(r15, 8);
        c.dec(r14d);
        c.jne(next);
    }
}
