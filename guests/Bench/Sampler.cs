// Takes the samples of a row, finds their median, takes off the overhead, prints the line. The rows are data behind the
// code, so a row costs some twenty bytes and its body. Registers of the sampling loop: R12 body, R13 count, R14 row, R9
// and R10 what EAX and EDX become, R11 what ECX becomes, R8 the time before. A body may use RAX, RBX, RCX, RDX, RSI and
// move R8.

using System.Collections.Generic;
using System.Text;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bench;

internal sealed class Sampler(GuestCode part)
{
    public const uint MostSamples = 1000;

    // Two pages beyond the image.
    private const uint Samples = 0x1_8000;
    private const uint Overhead = Layout.Scratch;

    private const ushort LineStatusPort = GuestCode.SerialPort + 5;
    private const byte TransmitterEmpty = 0x20;
    private const int PageBytes = 0x1000;

    private readonly List<BenchRow> _rows = [];
    private readonly Place _table = part.NewPlace();
    private readonly Place _sample = part.NewPlace();
    private readonly Place _print = part.NewPlace();
    private readonly Place _put = part.NewPlace();

    // The median of nothing is the overhead of the others.
    public void Calibrate()
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Overhead], 0);
        Measure(new BenchRow("overhead", () => { }));
    }

    public void Measure(BenchRow row) => _rows.Add(row);

    // The loop over the rows, and behind it everything it needs.
    public void Finish()
    {
        Assembler c = part.Code;
        part.LoadAddress(eax, _table);
        c.mov(r14d, eax);
        Place next = part.Here();
        Place skip = part.NewPlace();
        Place done = part.NewPlace();
        c.mov(eax, __dword_ptr[r14 + Row.Check]);
        c.test(eax, eax);
        Place ready = part.NewPlace();
        c.je(ready);
        c.call(rax);
        c.je(skip);
        part.Mark(ready);
        c.call(_sample);
        c.call(_print);
        part.Mark(skip);
        c.add(r14, Row.Bytes);
        c.cmp(__dword_ptr[r14 + Row.Body], 0);
        c.jne(next);
        part.Mark(done);
        part.PrintLine("bench: end");
        part.PowerOff();
        EmitSample(c);
        EmitPrint(c);
        EmitPut(c);
        part.AtEnd(EmitTable);
    }

    // EAX: the median.
    private void EmitSample(Assembler c)
    {
        part.Mark(_sample);
        c.mov(r9d, __dword_ptr[r14 + Row.Eax]);
        c.mov(r11d, __dword_ptr[r14 + Row.Ecx]);
        c.mov(r10d, __dword_ptr[r14 + Row.Edx]);
        c.mov(edi, __dword_ptr[r14 + Row.Pages]);
        c.mov(r12d, __dword_ptr[r14 + Row.Body]);
        c.mov(r13d, __dword_ptr[r14 + Row.Samples]);
        Place next = part.Here();
        c.mov(ecx, r11d);
        c.rdtsc();
        c.mov(r8d, eax);
        c.mov(eax, r9d);
        c.mov(edx, r10d);
        c.call(r12);
        c.rdtsc();
        c.sub(eax, r8d);
        c.mov(__dword_ptr[(r13 * 4) + Samples - 4], eax);
        c.add(rdi, PageBytes);
        c.dec(r13d);
        c.jne(next);
        EmitMedian(c);
        c.sub(eax, __dword_ptr[Overhead]);
        Place known = part.NewPlace();
        c.cmp(__dword_ptr[Overhead], 0);
        c.jne(known);
        c.mov(__dword_ptr[Overhead], eax);
        part.Mark(known);
        c.ret();
    }

    // Sorted by insertion: most samples are equal, so it is quick.
    private void EmitMedian(Assembler c)
    {
        Place outer = part.NewPlace();
        Place inner = part.NewPlace();
        Place placed = part.NewPlace();
        Place sorted = part.NewPlace();
        c.mov(ebx, __dword_ptr[r14 + Row.Samples]);
        c.xor(esi, esi);
        part.Mark(outer);
        c.inc(esi);
        c.cmp(esi, ebx);
        c.jae(sorted);
        c.mov(eax, __dword_ptr[(rsi * 4) + Samples]);
        c.mov(ecx, esi);
        part.Mark(inner);
        c.mov(edx, __dword_ptr[(rcx * 4) + Samples - 4]);
        c.cmp(edx, eax);
        c.jbe(placed);
        c.mov(__dword_ptr[(rcx * 4) + Samples], edx);
        c.dec(ecx);
        c.jne(inner);
        part.Mark(placed);
        c.mov(__dword_ptr[(rcx * 4) + Samples], eax);
        c.jmp(outer);
        part.Mark(sorted);
        c.shr(ebx, 1);
        c.mov(eax, __dword_ptr[(rbx * 4) + Samples]);
    }

    // The row's line; EAX is its value.
    private void EmitPrint(Assembler c)
    {
        part.Mark(_print);
        c.push(rax);
        c.mov(esi, __dword_ptr[r14 + Row.Name]);
        Place next = part.Here();
        Place name = part.NewPlace();
        c.lodsb();
        c.test(al, al);
        c.je(name);
        c.call(_put);
        c.jmp(next);
        part.Mark(name);
        c.pop(rax);
        c.mov(ebx, 10);
        c.xor(ecx, ecx);
        Place divide = part.Here();
        c.xor(edx, edx);
        c.div(ebx);
        c.push(rdx);
        c.inc(ecx);
        c.test(eax, eax);
        c.jne(divide);
        Place digit = part.Here();
        c.pop(rax);
        c.add(al, (byte)'0');
        c.call(_put);
        c.dec(ecx);
        c.jne(digit);
        c.mov(al, (byte)'\n');
        part.Mark(_put);
    }

    // AL to the serial port, which loses what comes before it is ready.
    private static void EmitPut(Assembler c)
    {
        c.push(rax);
        c.mov(dx, LineStatusPort);
        Label wait = c.CreateLabel();
        c.Label(ref wait);
        c.@in(al, dx);
        c.test(al, TransmitterEmpty);
        c.je(wait);
        c.mov(dx, GuestCode.SerialPort);
        c.pop(rax);
        c.@out(dx, al);
        c.ret();
    }

    private void EmitTable()
    {
        Assembler c = part.Code;
        var names = new List<Place>();
        var bodies = new List<Place>();
        var checks = new List<Place?>();
        foreach (BenchRow row in _rows)
        {
            names.Add(part.Here());
            c.db(Encoding.ASCII.GetBytes($"bench: {row.Name} \0"));
            bodies.Add(EmitRoutine(row.Body));
            checks.Add(row.Check is null ? null : EmitRoutine(row.Check));
        }

        part.Mark(_table);
        for (int i = 0; i < _rows.Count; i++)
        {
            BenchRow row = _rows[i];
            c.dd(row.Eax, row.Ecx, row.Edx, row.Pages);
            c.dd(row.Samples);
            part.AddressOf(names[i]);
            part.AddressOf(bodies[i]);
            if (checks[i] is { } check)
            {
                part.AddressOf(check);
            }
            else
            {
                c.dd(0);
            }
        }

        part.Quadwords(0, 0, 0, 0);
    }

    private Place EmitRoutine(System.Action body)
    {
        Place start = part.Here();
        body();
        part.Code.ret();
        return start;
    }

    // The offsets of a row's fields.
    private static class Row
    {
        public const int Eax = 0;
        public const int Ecx = 4;
        public const int Edx = 8;
        public const int Pages = 12;
        public const int Samples = 16;
        public const int Name = 20;
        public const int Body = 24;
        public const int Check = 28;
        public const int Bytes = 32;
    }
}
