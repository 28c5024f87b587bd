// A14: how registers travel. Hardware saves RSP, RIP and RFLAGS of the guest; every other register is the
// hypervisor's to keep. The guest fills them all with a pattern, causes exits of three kinds a thousand times each
// and compares after every one.

using System;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Registers
{
    private const uint Rounds = 1000;
    private const int VectorBytes = 16;

    // Sticky exception bits stay clear, the masks set; rounding and flush-to-zero differ from what a reset leaves.
    private const int MxcsrPattern = 0xFF80;
    private const ulong Cr2Pattern = 0x0123_4567_89AB_C000;
    private const int FlagsPattern =
        (int)(Rflags.AlwaysSet | Rflags.Carry | Rflags.Adjust | Rflags.Sign | Rflags.Overflow);

    private static readonly AssemblerRegister64[] s_general =
        [rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static readonly AssemblerRegisterXMM[] s_vectors =
        [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];

    public static Guest Guest { get; } = new(
        "registers", "A14", "a pattern in every register survives thousands of exits",
        new GuestConfig(Start.Long(Body))
        {
            Exits =
            [
                Exit.Times(ExitReason.Cpuid, Rounds),
                Exit.AtLeast(ExitReason.IoInstruction, Rounds),
                Exit.AtLeast(ExitReason.Rdmsr, Rounds),
            ],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        var pattern = new Pattern(part);
        pattern.CopyData();
        part.PrintLine("general registers, RFLAGS, CR2, XMM0-15 and MXCSR hold a pattern");
        Repeat(part, pattern, "CPUID", () =>
        {
            c.mov(eax, 0);
            c.cpuid();
            pattern.Reload(rax, rbx, rcx, rdx);
        });
        Repeat(part, pattern, "OUT", () => c.@out(0x80, al));
        Repeat(part, pattern, "RDMSR", () =>
        {
            c.mov(ecx, (uint)Msr.ApicBase);
            c.rdmsr();
            pattern.Reload(rax, rcx, rdx);
        });
        part.Print("registers kept over ");
        c.mov(eax, 3 * Rounds);
        part.PrintDecimal();
        part.PrintLine(" exits");
        part.PowerOff();
        part.AtEnd(pattern.Emit);
    }

    private static void Repeat(GuestCode part, Pattern pattern, string name, Action exit)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Layout.Scratch], Rounds);
        Place next = part.Here();
        pattern.LoadAll();
        exit();
        pattern.Compare();
        c.dec(__dword_ptr[Layout.Scratch]);
        c.jne(next);
        c.mov(eax, Rounds);
        part.PrintDecimal();
        part.PrintLine(" times " + name + ": nothing has changed");
    }

    // The pattern in the guest's memory, and the subroutines that load it and compare with it.
    private sealed class Pattern(GuestCode part)
    {
        private const uint StackPointer = Layout.Scratch + 8;
        private const uint VectorCopy = Layout.Scratch + 0x100;
        private const uint General = Layout.Scratch + 0x200;
        private const uint Vectors = General + 0x80;

        private readonly Place _data = part.NewPlace();
        private readonly Place _load = part.NewPlace();
        private readonly Place _compare = part.NewPlace();

        // To fixed addresses: a register to point with would be one register less to test.
        public void CopyData()
        {
            Assembler c = part.Code;
            part.LoadAddress(esi, _data);
            c.mov(edi, General);
            c.mov(ecx, Vectors - General + (uint)(s_vectors.Length * VectorBytes));
            c.cld();
            c.rep.movsb();
        }

        public void LoadAll() => part.Code.call(_load);

        public void Compare() => part.Code.call(_compare);

        // Registers in which an instruction returns its results.
        public void Reload(params AssemblerRegister64[] registers)
        {
            foreach (AssemblerRegister64 register in registers)
            {
                part.Code.mov(register, Word(Array.IndexOf(s_general, register)));
            }
        }

        public void Emit()
        {
            EmitLoad();
            EmitCompare();
            EmitData();
        }

        // MOV leaves the flags alone, so they come first.
        private void EmitLoad()
        {
            Assembler c = part.Code;
            part.Mark(_load);
            c.mov(__qword_ptr[StackPointer], rsp);
            c.mov(rax, Cr2Pattern);
            c.mov(cr2, rax);
            c.mov(__dword_ptr[VectorCopy], MxcsrPattern);
            c.ldmxcsr(__dword_ptr[VectorCopy]);
            for (int i = 0; i < s_vectors.Length; i++)
            {
                c.movups(s_vectors[i], __xmmword_ptr[Vectors + (VectorBytes * i)]);
            }

            c.push(FlagsPattern);
            c.popfq();
            Reload(s_general);
            c.ret();
        }

        private void EmitCompare()
        {
            Assembler c = part.Code;
            part.Mark(_compare);
            c.pushfq();
            for (int i = 0; i < s_general.Length; i++)
            {
                c.cmp(s_general[i], Word(i));
                part.Expect(c.je, $"{s_general[i].Value} has changed");
            }

            c.pop(rax);
            c.cmp(rax, FlagsPattern);
            part.Expect(c.je, "RFLAGS has changed");
            c.cmp(rsp, __qword_ptr[StackPointer]);
            part.Expect(c.je, "RSP has changed");
            c.mov(rax, cr2);
            c.mov(rcx, Cr2Pattern);
            c.cmp(rax, rcx);
            part.Expect(c.je, "CR2 has changed");
            c.stmxcsr(__dword_ptr[VectorCopy]);
            c.cmp(__dword_ptr[VectorCopy], MxcsrPattern);
            part.Expect(c.je, "MXCSR has changed");
            CompareVectors();
            c.ret();
        }

        private void CompareVectors()
        {
            Assembler c = part.Code;
            for (int i = 0; i < s_vectors.Length; i++)
            {
                c.movups(__xmmword_ptr[VectorCopy + (VectorBytes * i)], s_vectors[i]);
            }

            c.mov(esi, Vectors);
            c.mov(edi, VectorCopy);
            c.mov(ecx, s_vectors.Length * VectorBytes / 8);
            c.cld();
            c.repe.cmpsq();
            part.Expect(c.je, "an XMM register has changed");
        }

        private void EmitData()
        {
            part.Mark(_data);
            for (uint i = 0; i < (Vectors - General) / sizeof(ulong); i++)
            {
                part.Quadwords(0xA5A5_0000_0000_5A00 + (i * 0x0000_1111_1111_0001ul));
            }

            for (uint i = 0; i < s_vectors.Length * 2; i++)
            {
                part.Quadwords(0x5C3A_0000_0000_0000 + (i * 0x0000_0123_4567_89ABul));
            }
        }

        private static AssemblerMemoryOperand Word(int index) => __qword_ptr[General + (8 * index)];
    }
}
