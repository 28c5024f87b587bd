// The rows of the table, in its order. What a machine may lack is asked for first.

using System.Collections.Generic;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bench;

internal sealed class BenchRows(GuestCode part)
{
    private const ushort ScratchPort = GuestCode.SerialPort + 7;
    private const ushort PicCommand = 0x20;
    private const ushort PicMask = 0x21;
    private const byte PicEoi = 0x20;

    // Nobody has such an MSR.
    private const uint NoMsr = 0x1234;

    private const int PageBytes = 0x1000;
    private const uint StringBytes = 64;

    // Pages that nobody has touched, and a table behind them that the second row shares with the first.
    private const uint FreshPages = 0x40_0000;
    private const uint WalkBytes = 0x10_0000;
    private const uint Rounds = 1_000_000;
    private const int LineBytes = 64;

    // "Auth", the beginning of AMD's name in CPUID, and the last byte of VMMCALL.
    private const int MakerIsAmd = 0x6874_7541;
    private const byte VmmcallByte = 0xD9;

    private readonly Place _flat = part.NewPlace();
    private readonly Place _call = part.NewPlace();

    public IEnumerable<BenchRow> All
    {
        get
        {
            Assembler c = part.Code;
            yield return new("cpuid", c.cpuid);
            yield return new("vmcall", Call) { Eax = 0x7FFF };
            yield return new("out-uart", () => c.@out(dx, al)) { Edx = ScratchPort };
            yield return new("in-uart", () => c.@in(al, dx)) { Edx = ScratchPort };
            yield return new("out-pic", () => c.@out(dx, al)) { Eax = PicEoi, Edx = PicCommand };
            yield return new("in-pic", () => c.@in(al, dx)) { Edx = PicMask };
            yield return new("string-out", StringOut) { Ecx = StringBytes, Edx = ScratchPort };
            yield return new("rdmsr-apic-base", c.rdmsr) { Ecx = (uint)Msr.ApicBase };
            yield return new("gp-injection", c.rdmsr) { Ecx = NoMsr };
            yield return new("first-write-fresh", FirstWrite) { Pages = FreshPages };
            yield return new("string-in", () => c.rep.insb())
            {
                Ecx = StringBytes,
                Edx = ScratchPort,
                Pages = FreshPages,
            };
            yield return new("rdtsc", c.rdtsc);
            yield return new("cr0-ts", ToggleTaskSwitched);
            yield return new("cr4-pge", ToggleGlobalPages);
            yield return new("mov-cr3", WriteRoot);
            yield return new("invlpg", () => c.invlpg(__[rdi])) { Pages = FreshPages };
            yield return new("pause", c.pause);
            yield return new("cr0-pg", TogglePaging);
            foreach (BenchRow row in new ApicRows(part).All)
            {
                yield return row;
            }

            yield return new("compute", Compute) { Samples = 1 };
            yield return new("walk", Walk) { Pages = FreshPages, Samples = 1 };
        }
    }

    // What the guest needs to survive the rows: the exceptions that some of them raise.
    public void Prepare()
    {
        Assembler c = part.Code;
        c.xor(ebp, ebp);
        Place table = part.NewPlace();
        Place protection = part.NewPlace();
        Gate(ExceptionVector.GeneralProtection, protection);
        Place interrupt = part.NewPlace();
        Place timer = part.NewPlace();
        Gate((ExceptionVector)ApicRows.InterruptVector, interrupt);
        Gate((ExceptionVector)ApicRows.TimerVector, timer);
        part.LoadAddress(eax, table);
        c.lidt(__[rax]);
        ChooseCall();
        part.AtEnd(() =>
        {
            part.Mark(table);
            c.dw((16 * 256) - 1);
            c.dd(Layout.InterruptTable, 0);
            part.Mark(protection);
            c.add(rsp, 8);
            c.add(__qword_ptr[rsp], 2); // RDMSR
            c.iretq();
            part.Mark(interrupt);
            ApicRows.HandleInterrupt(c);
            part.Mark(timer);
            ApicRows.HandleTimer(c);
            EmitFlat();
        });
    }

    // Each make has its own instruction for a call, and takes the other's for an invalid opcode.
    private void Call()
    {
        part.Mark(_call);
        part.Code.vmcall();
    }

    private void ChooseCall()
    {
        Assembler c = part.Code;
        Place chosen = part.NewPlace();
        c.xor(eax, eax);
        c.cpuid();
        c.cmp(ebx, MakerIsAmd);
        c.jne(chosen);
        part.LoadAddress(eax, _call);
        c.mov(__byte_ptr[rax + 2], VmmcallByte);
        part.Mark(chosen);
    }

    private void Gate(ExceptionVector vector, Place handler)
    {
        Assembler c = part.Code;
        uint gate = Layout.InterruptTable + (16u * (uint)vector);
        part.LoadAddress(eax, handler);
        c.mov(__qword_ptr[gate], rax);
        c.mov(__dword_ptr[gate + 2], 0x8E00_0000 | Start.Code64);
        c.mov(__qword_ptr[gate + 6], 0);
    }

    private void StringOut()
    {
        part.Code.mov(esi, Layout.Image);
        part.Code.rep.outsb();
    }

    private void FirstWrite() => part.Code.mov(__dword_ptr[rdi], edi);

    private void ToggleTaskSwitched()
    {
        Assembler c = part.Code;
        c.mov(rax, cr0);
        c.xor(eax, (int)Cr0.TaskSwitched);
        c.mov(cr0, rax);
    }

    private void ToggleGlobalPages()
    {
        Assembler c = part.Code;
        c.mov(rax, cr4);
        c.xor(eax, (int)Cr4.PageGlobalEnable);
        c.mov(cr4, rax);
    }

    private void WriteRoot()
    {
        part.Code.mov(rax, cr3);
        part.Code.mov(cr3, rax);
    }

    // Paging cannot be left from 64-bit code, so through a segment of 32 bits.
    private void TogglePaging()
    {
        Assembler c = part.Code;
        c.push(Start.Code32);
        part.LoadAddress(eax, _flat);
        c.push(rax);
        c.db(0x48, 0xCB); // retfq
    }

    // Off, on, and back to the caller of TogglePaging, by instructions that mean the same in 32 bits.
    private void EmitFlat()
    {
        Assembler c = part.Code;
        Place back = part.NewPlace();
        part.Mark(_flat);
        c.db(0x0F, 0x20, 0xC0); // mov eax, cr0
        c.db(0x0F, 0xBA, 0xF0, 31); // btr eax, 31
        c.db(0x0F, 0x22, 0xC0); // mov cr0, eax
        c.db(0x0F, 0xBA, 0xE8, 31); // bts eax, 31
        c.db(0x0F, 0x22, 0xC0); // mov cr0, eax
        part.FarJump(Start.Code64, back);
        part.Mark(back);
        c.ret();
    }

    private void Compute()
    {
        Assembler c = part.Code;
        c.mov(ecx, Rounds);
        Place next = part.Here();
        c.imul(eax, eax, 1_664_525);
        c.add(eax, 1_013_904_223);
        c.dec(ecx);
        c.jne(next);
    }

    // The pages of the rows above, a cache line at a time.
    private void Walk()
    {
        Assembler c = part.Code;
        c.mov(edx, 16);
        Place again = part.Here();
        c.mov(rsi, rdi);
        c.mov(ecx, WalkBytes / LineBytes);
        Place next = part.Here();
        c.add(rax, __qword_ptr[rsi]);
        c.add(rsi, LineBytes);
        c.dec(ecx);
        c.jne(next);
        c.dec(edx);
        c.jne(again);
    }
}
