// Printing through the serial port, in code of any width. The text stands behind the call; the subroutine takes its
// return address for the address of the text and returns behind it. All registers are preserved, flags included, so
// that a line can be printed anywhere. The line status is not polled: the virtual port is always ready.

using System.Text;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal sealed partial class GuestCode
{
    public const ushort SerialPort = 0x3F8;

    private const ushort LineStatusPort = SerialPort + 5;
    private const byte TransmitterEmpty = 0x20;

    private readonly Place _print;
    private readonly Place _printDecimal;
    private readonly Place _printHex;
    private bool _prints;
    private bool _printsDecimal;
    private bool _printsHex;

    // Ask the line status register before every character: for the real chip, which loses them otherwise.
    public bool PollLineStatus { get; set; }

    // How many characters the guest prints if it comes past every Print once: so many accesses of the port.
    public int ConsoleCharacters { get; private set; }

    public void Print(string text)
    {
        ConsoleCharacters += text.Length;
        Remark(text);
    }

    // What is printed only if something is wrong is not counted.
    public void Remark(string text)
    {
        _prints = true;
        Code.call(_print);
        Code.db(Encoding.ASCII.GetBytes(text + '\0'));
    }

    public void PrintLine(string text) => Print(text + '\n');

    // EAX.
    public void PrintDecimal()
    {
        _printsDecimal = true;
        Code.call(_printDecimal);
    }

    // The low digits of EAX, or of RAX in 64-bit code.
    public void PrintHex(int digits)
    {
        _printsHex = true;
        PushWhole(ecx, rcx);
        Code.mov(ecx, digits * 4);
        Code.call(_printHex);
        PopWhole(ecx, rcx);
    }

    private void FinishConsole()
    {
        if (_prints)
        {
            EmitPrint();
        }

        if (_printsDecimal)
        {
            EmitPrintDecimal();
        }

        if (_printsHex)
        {
            EmitPrintHex();
        }
    }

    private void EmitPrint()
    {
        Mark(_print);
        ExchangeReturnAddress();
        SaveRegisters();
        Code.cld();
        Code.mov(dx, SerialPort);
        Place next = Here();
        Place done = NewPlace();
        Code.lodsb();
        Code.test(al, al);
        Code.je(done);
        if (PollLineStatus)
        {
            EmitWaitForChip();
        }

        Code.@out(dx, al);
        Code.jmp(next);
        Mark(done);
        RestoreRegisters();
        ExchangeReturnAddress();
        Code.ret();
    }

    private void EmitWaitForChip()
    {
        Code.mov(bl, al);
        Code.mov(dx, LineStatusPort);
        Place wait = Here();
        Code.@in(al, dx);
        Code.test(al, TransmitterEmpty);
        Code.je(wait);
        Code.mov(dx, SerialPort);
        Code.mov(al, bl);
    }

    private void EmitPrintDecimal()
    {
        Mark(_printDecimal);
        SaveRegisters();
        Code.mov(ebx, 10);
        Code.xor(ecx, ecx);
        Place divide = Here();
        Code.xor(edx, edx);
        Code.div(ebx);
        PushWhole(edx, rdx);
        Code.inc(ecx);
        Code.test(eax, eax);
        Code.jne(divide);
        Code.mov(dx, SerialPort);
        Place next = Here();
        PopWhole(eax, rax);
        Code.add(al, (byte)'0');
        Code.@out(dx, al);
        Code.dec(ecx);
        Code.jne(next);
        RestoreRegisters();
        Code.ret();
    }

    // ECX: how many bits.
    private void EmitPrintHex()
    {
        Mark(_printHex);
        SaveRegisters();
        Code.mov(dx, SerialPort);
        MoveWhole(ebx, eax, rbx, rax);
        Place next = Here();
        Code.sub(ecx, 4);
        MoveWhole(eax, ebx, rax, rbx);
        if (Bits == 64)
        {
            Code.shr(rax, cl);
        }
        else
        {
            Code.shr(eax, cl);
        }

        Code.and(al, 15);
        Code.cmp(al, 10);
        Place digit = NewPlace();
        Code.jb(digit);
        Code.add(al, 'A' - '0' - 10);
        Mark(digit);
        Code.add(al, (byte)'0');
        Code.@out(dx, al);
        Code.test(ecx, ecx);
        Code.jne(next);
        RestoreRegisters();
        Code.ret();
    }

    private void ExchangeReturnAddress()
    {
        switch (Bits)
        {
            case 16: Code.xchg(__word_ptr[esp], si); break;
            case 32: Code.xchg(__dword_ptr[esp], esi); break;
            default: Code.xchg(__qword_ptr[rsp], rsi); break;
        }
    }

    private void SaveRegisters()
    {
        switch (Bits)
        {
            case 16: Code.pushf(); break;
            case 32: Code.pushfd(); break;
            default: Code.pushfq(); break;
        }

        PushWhole(eax, rax);
        PushWhole(ebx, rbx);
        PushWhole(ecx, rcx);
        PushWhole(edx, rdx);
    }

    private void RestoreRegisters()
    {
        PopWhole(edx, rdx);
        PopWhole(ecx, rcx);
        PopWhole(ebx, rbx);
        PopWhole(eax, rax);
        switch (Bits)
        {
            case 16: Code.popf(); break;
            case 32: Code.popfd(); break;
            default: Code.popfq(); break;
        }
    }

    private void PushWhole(AssemblerRegister32 narrow, AssemblerRegister64 wide)
    {
        if (Bits == 64)
        {
            Code.push(wide);
        }
        else
        {
            Code.push(narrow);
        }
    }

    private void PopWhole(AssemblerRegister32 narrow, AssemblerRegister64 wide)
    {
        if (Bits == 64)
        {
            Code.pop(wide);
        }
        else
        {
            Code.pop(narrow);
        }
    }

    private void MoveWhole(
        AssemblerRegister32 to, AssemblerRegister32 from, AssemblerRegister64 wideTo, AssemblerRegister64 wideFrom)
    {
        if (Bits == 64)
        {
            Code.mov(wideTo, wideFrom);
        }
        else
        {
            Code.mov(to, from);
        }
    }
}
