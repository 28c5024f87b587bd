// NimbOS's way into 64-bit mode: CR4 = A0, EFER first 900 and then D01, CR0 = 8001002B with TS set for good, pages of 1
// GiB that it does not ask CPUID for, and one range that is not for execution.

using System.Linq;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Contract;

internal static class LongMode
{
    // These follow the Kit's, in the order that SYSCALL and SYSRET want: data; then, for programs, 32-bit code, data
    // and 64-bit code; then the task's two.
    public const ushort KernelData = 0x20;
    public const ushort UserCode32 = 0x28 | 3;
    public const ushort UserCode = 0x38 | 3;
    public const ushort Task = 0x40;

    private const ulong Code64Descriptor = 0x00AF_9A00_0000_FFFF;
    private const ulong ForPrograms = 3ul << 45;
    private const ulong TaskDescriptor = 0x0000_8900_0000_0067 | ((ulong)Map.TaskState << 16 & 0xFF_FFFF_0000);

    private const uint Cr4Value = 0xA0;
    private const uint FirstEfer = 0x900;
    private const uint LastEfer = 0xD01;
    private const uint Cr0Value = 0x8001_002B;

    private const uint TablePresent = 7;
    private const uint HugePage = 0x87;
    private const uint NoExecute = 0x8000_0000;
    private const uint FetchRefused = 0x11;

    public static void Enter(GuestCode part, Place there)
    {
        Assembler c = part.Code;
        Place table = part.NewPlace();
        Place pseudo = part.NewPlace();
        part.LoadAddress(ecx, pseudo);
        c.lgdt(__[ecx]);
        Tables(c);
        c.mov(eax, Cr4Value);
        c.mov(cr4, eax);
        c.mov(eax, Map.RootTable);
        c.mov(cr3, eax);
        c.mov(ecx, (uint)Msr.Efer);
        c.mov(eax, FirstEfer);
        c.xor(edx, edx);
        c.wrmsr();
        c.mov(eax, Cr0Value);
        c.mov(cr0, eax);
        part.FarJump(Start.Code64, there);
        part.AtEnd(() =>
        {
            ulong[] descriptors =
            [
                0, Start.Code32Descriptor, Start.DataDescriptor, Code64Descriptor, Start.DataDescriptor,
                Start.Code32Descriptor | ForPrograms, Start.DataDescriptor | ForPrograms,
                Code64Descriptor | ForPrograms, TaskDescriptor, 0,
            ];
            part.Mark(table);
            part.Quadwords(descriptors);
            part.Mark(pseudo);
            c.dw((ushort)((8 * descriptors.Length) - 1));
            part.AddressOf(table);
        });
    }

    // From here on everything is in long mode, with exceptions caught.
    public static Faults Check(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ax, KernelData);
        c.mov(ds, ax);
        c.mov(es, ax);
        c.mov(ss, ax);
        c.mov(rsp, Map.StackTop);
        Efer(part);
        c.mov(rax, cr0);
        c.mov(ebx, Cr0Value | (uint)Cr0.ExtensionType); // which cannot be turned off
        c.cmp(rax, rbx);
        part.Expect(c.je, "CR0 does not read back");
        c.mov(rax, cr4);
        c.cmp(rax, (int)Cr4Value);
        part.Expect(c.je, "CR4 does not read back");
        part.PrintLine("control    CR0 8001002B, CR4 A0, EFER 900 then D01, pages of 1 GiB");
        var faults = new Faults(part, [.. Enumerable.Range(0, 32).Select(vector => (byte)vector), 0x80, 0xFF]);
        NotForExecution(part, faults);
        return faults;
    }

    private static void Tables(Assembler c)
    {
        c.mov(__dword_ptr[Map.RootTable], Map.HugePages | TablePresent);
        for (uint i = 0; i < 4; i++)
        {
            c.mov(__dword_ptr[Map.HugePages + (8 * i)], (i << 30) | HugePage);
        }

        const uint Second = Map.HugePages + (uint)(8 * (Map.NoExecute >> 30));
        c.mov(__dword_ptr[Second], HugePage);
        c.mov(__dword_ptr[Second + 4], NoExecute);
    }

    // LMA has come with paging; now SYSCALL as well.
    private static void Efer(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(ecx, (uint)Msr.Efer);
        c.rdmsr();
        c.cmp(eax, (int)(LastEfer & ~1));
        part.Expect(c.je, "EFER is not D00 with paging on");
        c.or(eax, 1);
        c.wrmsr();
        c.rdmsr();
        c.cmp(eax, (int)LastEfer);
        part.Expect(c.je, "EFER does not read back");
    }

    private static void NotForExecution(GuestCode part, Faults faults)
    {
        Assembler c = part.Code;
        faults.Expect(ExceptionVector.PageFault, () =>
        {
            c.mov(rax, Map.NoExecute + Bios.Bios.UsualEntry);
            c.jmp(rax);
        });
        c.cmp(__dword_ptr[Faults.Error], (int)FetchRefused);
        part.Expect(c.je, "the page fault is not one of a fetch");
        c.mov(rbx, Map.NoExecute + Bios.Bios.UsualEntry);
        c.cmp(__qword_ptr[Faults.Address], rbx);
        part.Expect(c.je, "CR2 is wrong");
        part.PrintLine("paging     a fetch from a page marked NX is a page fault, error code 11");
    }
}
