// The kernel's first page: a multiboot-1 header (Multiboot Specification 0.6.96, 3.1 OS image format), and the way from
// where such a loader leaves the processor (32-bit protected mode, paging off) to C# in 64-bit mode. Memory is not
// assumed to be zero.
//
//  1. Clear what the file does not hold: zero-initialised data, the boot tables, the stack.
//  2. Map the first GiB one to one with 2 MiB pages. The kernel makes better tables as soon as it can.
//  3. PAE, and SSE, with which C# copies; CR3, EFER.LME, CR0.PG; a far jump makes it 64-bit mode.
//  4. Call KernelMain(magic, multiboot information).
//
// Every other processor begins in real mode, in a copy of the page's last bytes (Boot/OtherProcessors.cs), joins at 3,
// and goes on as the start area says (Machine/StartArea.cs).

using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;
using Iced.Intel;
using MinusOne.Guests.Kernel.Machine;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kernel.Stubs;

internal static class BootPage
{
    private const int Header = 4;
    private const int Code = 0x80;
    private const int Paging = 0x100;
    private const int Long = 0x180;
    private const int Gdt = 0xF00;
    private const int GdtBytes = 0x20;
    private const int GdtPointer = Gdt + GdtBytes;
    private const ushort LongCode = 0x08, FlatData = 0x10, FlatCode = 0x18;

    // In the copy.
    private const int Flat = 0x40;
    private const int StackBytes = 2 * FlatImage.Page;
    private const int TableBytes = 3 * FlatImage.Page;
    private const uint Magic = 0x1BADB002;
    private const uint Flags = 0x0001_0002; // wants to know the memory; has addresses

    public static byte[] Make(FlatImage image)
    {
        byte[] page = new byte[FlatImage.Page];
        page[0] = 0xEB; // jmp Code: the entry point is the first byte
        page[1] = Code - 2;
        uint start = (uint)image.Base;
        uint memoryEnd = (uint)MemoryEnd(image);
        Write(
            page, Header, Magic, Flags, unchecked(0 - (Magic + Flags)),
            start + Header, start, (uint)image.FileEnd, memoryEnd, start);

        uint tables = memoryEnd - TableBytes;
        Place(Code, 32, start + Code, c => FirstProcessor(c, start, (uint)image.FileEnd, memoryEnd));
        Place(Paging, 32, start + Paging, c => EnterLongMode(c, start, tables));
        Place(Long, 64, start + Long, c => LongMode(c, tables, image.Entry));
        Place(StartArea.Code, 16, StartArea.Address, c => RealMode(c, start));
        Place(StartArea.Code + Flat, 32, StartArea.Address + Flat, c => OtherProcessor(c, start));
        Write(page, Gdt, 0, 0, 0x0000_FFFF, 0x00AF_9B00, 0x0000_FFFF, 0x00CF_9300, 0x0000_FFFF, 0x00CF_9B00);
        foreach (int pointer in new[] { GdtPointer, StartArea.Code + StartArea.GdtPointer })
        {
            Write(page, pointer, (GdtBytes - 1) | ((start + Gdt) << 16), (start + Gdt) >> 16);
        }

        return page;

        void Place(int offset, int bits, uint address, Action<Assembler> emit)
        {
            byte[] code = Assemble(bits, address, emit);
            if (page.AsSpan(offset, code.Length).ContainsAnyExcept((byte)0))
            {
                throw new InvalidDataException($"what stands at {offset:X} in the boot page is too long");
            }

            code.CopyTo(page, offset);
        }
    }

    // Stack and boot tables follow what the linker laid out.
    public static ulong MemoryEnd(FlatImage image) =>
        ((image.End + FlatImage.Page - 1) & ~(FlatImage.Page - 1ul)) + StackBytes + TableBytes;

    // Leaves EDI other than StartArea.Address.
    private static void FirstProcessor(Assembler c, uint start, uint fileEnd, uint memoryEnd)
    {
        uint tables = memoryEnd - TableBytes;
        c.cli();
        c.cld();
        c.mov(esi, eax);
        c.mov(ebp, ebx);
        c.mov(edi, fileEnd);
        c.mov(ecx, memoryEnd - fileEnd);
        c.xor(eax, eax);
        c.rep.stosb();

        c.mov(__dword_ptr[tables], tables + FlatImage.Page + 3);
        c.mov(__dword_ptr[tables + FlatImage.Page], tables + (2 * FlatImage.Page) + 3);
        c.mov(edi, tables + (2 * FlatImage.Page));
        c.mov(eax, 0x83);
        c.mov(ecx, 512);
        Label next = c.CreateLabel();
        c.Label(ref next);
        c.mov(__dword_ptr[edi], eax);
        c.add(eax, 0x20_0000);
        c.add(edi, 8);
        c.dec(ecx);
        c.jne(next);
        c.jmp(start + Paging);
    }

    private static void EnterLongMode(Assembler c, uint start, uint tables)
    {
        c.mov(eax, (int)(Cr4.PhysicalAddressExtension | Cr4.OsFxsr | Cr4.OsXmmExceptions));
        c.mov(cr4, eax);
        c.mov(eax, tables);
        c.mov(cr3, eax);
        c.mov(ecx, (uint)Msr.Efer);
        c.rdmsr();
        c.or(eax, (int)Efer.LongModeEnable);
        c.wrmsr();
        c.mov(eax, cr0);
        c.or(eax, (uint)(Cr0.Paging | Cr0.ProtectionEnable));
        c.mov(cr0, eax);
        c.lgdt(__[start + GdtPointer]);
        FarJump(c, LongCode, start + Long);
    }

    // The code segment is the start area's, all others begin at 0.
    private static void RealMode(Assembler c, uint start)
    {
        c.cli();
        c.mov(edi, StartArea.Address);
        c.lgdt(__[StartArea.Address + StartArea.GdtPointer]);
        c.mov(eax, cr0);
        c.or(al, (sbyte)Cr0.ProtectionEnable);
        c.mov(cr0, eax);
        c.db(0x66);
        FarJump(c, FlatCode, StartArea.Address + Flat);
    }

    private static void OtherProcessor(Assembler c, uint start)
    {
        c.mov(eax, FlatData);
        c.mov(ds, eax);
        c.jmp(start + Paging);
    }

    private static void LongMode(Assembler c, uint stackTop, ulong entry)
    {
        c.mov(eax, FlatData);
        c.mov(ss, eax);
        c.mov(ds, eax);
        c.mov(es, eax);
        Label first = c.CreateLabel();
        c.cmp(edi, StartArea.Address);
        c.jne(first);
        GoOnAsGiven(c);

        c.Label(ref first);
        c.mov(esp, stackTop - 0x20);
        c.mov(ecx, esi);
        c.mov(edx, ebp);
        c.xor(ebp, ebp);
        c.mov(rax, entry);
        c.call(rax);
        c.ud2();
    }

    // What is given is read before the boot tables go.
    private static void GoOnAsGiven(Assembler c)
    {
        c.add(edi, StartArea.Data);
        c.mov(ecx, (uint)Msr.Efer);
        c.mov(eax, __dword_ptr[rdi + Of(nameof(StartArea.Efer))]);
        c.xor(edx, edx);
        c.wrmsr();
        c.mov(rax, __qword_ptr[rdi + Of(nameof(StartArea.Root))]);
        c.mov(rcx, __qword_ptr[rdi + Of(nameof(StartArea.Processor))]);
        c.mov(rdx, __qword_ptr[rdi + Of(nameof(StartArea.Entry))]);
        c.mov(rsp, __qword_ptr[rdi + Of(nameof(StartArea.StackTop))]);
        c.mov(cr3, rax);
        c.xor(ebp, ebp);
        c.call(rdx);
        c.ud2();

        static int Of(string field) => (int)Marshal.OffsetOf<StartArea>(field);
    }

    private static void FarJump(Assembler c, ushort selector, uint address)
    {
        c.db(0xEA);
        c.dd(address);
        c.dw(selector);
    }

    private static byte[] Assemble(int bits, ulong address, Action<Assembler> emit)
    {
        var assembler = new Assembler(bits);
        emit(assembler);
        var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), address);
        return stream.ToArray();
    }

    private static void Write(byte[] page, int offset, params uint[] values)
    {
        foreach (uint value in values)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(offset), value);
            offset += sizeof(uint);
        }
    }
}
