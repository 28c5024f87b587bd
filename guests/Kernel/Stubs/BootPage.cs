// The kernel's first page: a multiboot-1 header (Multiboot Specification 0.6.96, 3.1 OS image format), and the way from
// where such a loader leaves the processor (32-bit protected mode, paging off) to C# in 64-bit mode. Memory is not
// assumed to be zero.
//
//  1. Clear what the file does not hold: zero-initialised data, the boot tables, the stack.
//  2. Map the first GiB one to one with 2 MiB pages. The kernel makes better tables as soon as it can.
//  3. PAE, and SSE, with which C# copies; CR3, EFER.LME, CR0.PG; a far jump makes it 64-bit mode.
//  4. Call KernelMain(magic, multiboot information).

using System;
using System.Buffers.Binary;
using System.IO;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kernel.Stubs;

internal static class BootPage
{
    private const int Header = 4;
    private const int Code = 0x80;
    private const int Gdt = 0xF00;
    private const int GdtPointer = 0xF20;
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

        byte[] protectedMode = Assemble(32, start + Code, c => ProtectedMode(c, start, (uint)image.FileEnd, memoryEnd));
        uint entry = start + Code + (uint)protectedMode.Length + 7;
        protectedMode.CopyTo(page, Code);
        int jump = Code + protectedMode.Length;
        page[jump] = 0xEA; // jmp 8:entry
        Write(page, jump + 1, entry, 8);
        Assemble(64, entry, c => LongMode(c, memoryEnd - TableBytes, image.Entry)).CopyTo(page, jump + 7);

        Write(page, Gdt, 0, 0, 0x0000_FFFF, 0x00AF_9B00, 0x0000_FFFF, 0x00CF_9300);
        Write(page, GdtPointer, 23 | ((start + Gdt) << 16), (start + Gdt) >> 16);
        return page;
    }

    // Stack and boot tables follow what the linker laid out.
    public static ulong MemoryEnd(FlatImage image) =>
        ((image.End + FlatImage.Page - 1) & ~(FlatImage.Page - 1ul)) + StackBytes + TableBytes;

    private static void ProtectedMode(Assembler c, uint start, uint fileEnd, uint memoryEnd)
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

        c.mov(eax, 0x620);
        c.mov(cr4, eax);
        c.mov(eax, tables);
        c.mov(cr3, eax);
        c.mov(ecx, 0xC000_0080);
        c.rdmsr();
        c.or(eax, 0x100);
        c.wrmsr();
        c.mov(eax, cr0);
        c.or(eax, 0x8000_0001);
        c.mov(cr0, eax);
        c.lgdt(__[start + GdtPointer]);
    }

    private static void LongMode(Assembler c, uint stackTop, ulong entry)
    {
        c.mov(eax, 0x10);
        c.mov(ss, eax);
        c.mov(ds, eax);
        c.mov(es, eax);
        c.mov(esp, stackTop - 0x20);
        c.mov(ecx, esi);
        c.mov(edx, ebp);
        c.xor(ebp, ebp);
        c.mov(rax, entry);
        c.call(rax);
        c.ud2();
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
