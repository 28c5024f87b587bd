// Exceptions and interrupts in 64-bit code. The handlers write down what came (vector, error code, RIP, CR2) and
// count it; then the guest goes on where it said beforehand. What nobody expects ends the guest with a line that
// names it. SDM 3A 7.12.1 Exception- or Interrupt-Handler Procedures, 7.14 Exception and Interrupt Handling in 64-bit
// Mode.

using System;
using System.Collections.Generic;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal sealed class Faults
{
    // The handlers leave here what they saw.
    public const uint Vector = Layout.Notes;
    public const uint Error = Layout.Notes + 4;
    public const uint Count = Layout.Notes + 8;
    public const uint Rip = Layout.Notes + 16;
    public const uint Address = Layout.Notes + 24;

    // 0: nothing is expected; 1: go on where it came; otherwise the address to go on at.
    private const uint Resume = Layout.Notes + 32;
    private const int Here = 1;

    private const int NoVector = -1;

    private readonly GuestCode _part;
    private readonly List<(byte Vector, Place Handler)> _handlers = [];

    // Emits the code that fills the interrupt table and loads it.
    public Faults(GuestCode part, params byte[] vectors)
    {
        _part = part;
        Assembler c = part.Code;
        foreach (byte vector in vectors)
        {
            Place handler = part.NewPlace();
            _handlers.Add((vector, handler));
        }

        Gates.Install(part, [.. _handlers]);
        c.mov(__qword_ptr[Resume], 0);
        c.mov(__dword_ptr[Count], 0);
        part.AtEnd(Emit);
    }

    public Faults(GuestCode part, params ExceptionVector[] vectors)
        : this(part, Array.ConvertAll(vectors, vector => (byte)vector))
    {
    }

    // The instructions must raise the exception; the guest goes on behind them.
    public void Expect(ExceptionVector vector, Action instructions)
    {
        Allow(instructions);
        Check((byte)vector);
    }

    // The instructions may raise an exception; the guest goes on behind them in either case.
    public void Allow(Action instructions)
    {
        Assembler c = _part.Code;
        Place after = _part.NewPlace();
        c.mov(__dword_ptr[Vector], NoVector);
        c.db(0xC7, 0x04, 0x25); // mov dword [Resume], address
        c.dd(Resume);
        _part.AddressOf(after);
        instructions();
        _part.Mark(after);
        c.mov(__qword_ptr[Resume], 0);
    }

    // Something must arrive meanwhile; the guest goes on where it was interrupted.
    public void ExpectMeanwhile(byte vector, Action instructions)
    {
        Assembler c = _part.Code;
        c.mov(__dword_ptr[Vector], NoVector);
        c.mov(__qword_ptr[Resume], Here);
        instructions();
        Check(vector);
    }

    private void Check(byte vector)
    {
        Assembler c = _part.Code;
        c.mov(__qword_ptr[Resume], 0);
        c.cmp(__dword_ptr[Vector], vector);
        _part.Expect(c.je, $"vector {vector} has not come");
    }

    private void Emit()
    {
        Place common = _part.NewPlace();
        foreach ((byte vector, Place handler) in _handlers)
        {
            _part.Mark(handler);
            if (!PushesErrorCode(vector))
            {
                _part.Code.push(0);
            }

            _part.Code.push((sbyte)vector); // sign-extended: the handler takes the low byte
            _part.Code.jmp(common);
        }

        _part.Mark(common);
        EmitCommon(_part.Code);
    }

    // Stack, from RSP up: RAX, vector, error code, RIP, CS, RFLAGS, RSP, SS.
    private void EmitCommon(Assembler c)
    {
        c.push(rax);
        c.movzx(eax, __byte_ptr[rsp + 8]);
        c.mov(__dword_ptr[Vector], eax);
        c.mov(rax, __qword_ptr[rsp + 16]);
        c.mov(__dword_ptr[Error], eax);
        c.mov(rax, __qword_ptr[rsp + 24]);
        c.mov(__qword_ptr[Rip], rax);
        c.mov(rax, cr2);
        c.mov(__qword_ptr[Address], rax);
        c.inc(__dword_ptr[Count]);

        Place leave = _part.NewPlace();
        c.mov(rax, __qword_ptr[Resume]);
        c.cmp(rax, Here);
        c.je(leave);
        c.test(rax, rax);
        Place expected = _part.NewPlace();
        c.jne(expected);
        Unexpected(c);
        _part.Mark(expected);
        c.mov(__qword_ptr[rsp + 24], rax);
        _part.Mark(leave);
        c.pop(rax);
        c.add(rsp, 16);
        c.iretq();
    }

    private void Unexpected(Assembler c)
    {
        _part.Remark("FAILED: unexpected vector ");
        c.mov(eax, __dword_ptr[Vector]);
        _part.PrintDecimal();
        _part.Remark(" at 0x");
        c.mov(rax, __qword_ptr[Rip]);
        _part.PrintHex(8);
        _part.Remark("\n");
        _part.Halt();
    }

    private static bool PushesErrorCode(byte vector) => (ExceptionVector)vector is ExceptionVector.DoubleFault
        or ExceptionVector.InvalidTss or ExceptionVector.SegmentNotPresent or ExceptionVector.StackFault
        or ExceptionVector.GeneralProtection or ExceptionVector.PageFault or ExceptionVector.AlignmentCheck
        or ExceptionVector.ControlProtection;
}
