// What the host needs once firmware is gone: its descriptor tables, its own stack, and a way from every interrupt
// vector to C#. The frame that HostException gets is the struct HostFrame of efi/Host.

using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class HostStubs
{
    private const int Vectors = 256;
    private const int HomeSpace = 0x20;

    public static void Emit(StubBuilder stubs)
    {
        DescriptorTableStubs.Emit(stubs);
        Addresses(stubs);
        Waiting(stubs);
        Stack(stubs);
        Faults(stubs);
        stubs.Keep(StartUpCode.Name, StartUpCode.Bytes());
        InterruptStubs.Emit(stubs, Vectors, "HostException", fromUserMode: false);
    }

    // C# cannot name a symbol of another object file; these functions return where it is.
    private static void Addresses(StubBuilder stubs)
    {
        foreach ((string function, string symbol) in new[]
        {
            ("RecoveryTableAddress", StubImage.RecoveryTable),
            ("InterruptEntriesAddress", InterruptStubs.Entries),
            ("ExitAddress", "Exit"),
            ("ImageBaseAddress", "__ImageBase"),
            ("NameArchiveAddress", NameArchive.Name),
            ("StartUpCodeAddress", StartUpCode.Name),
        })
        {
            stubs.Begin(function);
            stubs.LoadAddress(symbol);
            stubs.Code.ret();
        }
    }

    private static void Waiting(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("DisableInterrupts");
        c.cli();
        c.ret();

        stubs.Begin("Halt");
        c.hlt();
        c.ret();

        // The handler leaves the vector in EAX. What is waiting already comes behind STI's shadow, and ends the halt.
        stubs.Begin("HaltForInterrupt");
        c.xor(eax, eax);
        c.sti();
        c.hlt();
        c.cli();
        c.ret();

        stubs.Begin("CompleteWrites");
        c.mfence();
        c.lfence();
        c.ret();
    }

    // (vector): an instruction that raises this exception. Those that come from outside come by INT, which enters them
    // in the same way; a double fault is a protection fault whose gate the table has no longer.
    private static void Faults(StubBuilder stubs)
    {
        const ulong NotCanonical = 1UL << 63;
        const int LimitBehindDoubleFault = 0x8F;
        Assembler c = stubs.Code;
        stubs.Begin("RaiseFault");
        Case(0, () =>
        {
            c.xor(ecx, ecx);
            c.div(ecx);
        });
        Case(2, () => c.@int(2));
        Case(3, c.int3);
        Case(6, c.ud2);
        Case(8, () =>
        {
            c.sub(rsp, 0x18);
            c.sidt(__[rsp]);
            c.mov(__word_ptr[rsp], LimitBehindDoubleFault);
            c.lidt(__[rsp]);
            c.mov(ecx, 13);
        });
        Case(13, () =>
        {
            c.mov(rax, NotCanonical);
            c.mov(rax, __[rax]);
        });
        Case(18, () => c.@int(18));
        c.ret();

        void Case(int vector, Action fault)
        {
            Label other = c.CreateLabel();
            c.cmp(ecx, vector);
            c.jne(other);
            fault();
            stubs.Place(ref other);
        }
    }

    // Leaves the firmware's stack for good: (top of the new stack) -> RunOnOwnStack, which does not return.
    private static void Stack(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("ContinueOnStack");
        c.lea(rsp, __[rcx - HomeSpace]);
        c.xor(ebp, ebp);
        stubs.CallManaged("RunOnOwnStack");
        c.ud2();

        // Where StartUpCode leads: (top of its stack) -> RunOnArrival, which does not return.
        stubs.Begin("ContinueOnArrival");
        c.lea(rsp, __[rcx - HomeSpace]);
        c.xor(ebp, ebp);
        stubs.CallManaged("RunOnArrival");
        c.ud2();

        stubs.Begin("ContinueOnArrivalAddress");
        stubs.LoadAddress("ContinueOnArrival");
        c.ret();

        // (function, table, a, b): calls function(a, b, 0, 0) under other page tables, and comes back
        stubs.Begin("CallFirmware");
        c.push(rbx);
        c.push(rsi);
        c.sub(rsp, 0x28);
        c.mov(rbx, cr3);
        c.mov(cr3, rdx);
        c.mov(rax, rcx);
        c.mov(rcx, r8);
        c.mov(rdx, r9);
        c.xor(r8d, r8d);
        c.xor(r9d, r9d);
        c.call(rax);
        c.mov(cr3, rbx);
        c.add(rsp, 0x28);
        c.pop(rsi);
        c.pop(rbx);
        c.ret();
    }
}
