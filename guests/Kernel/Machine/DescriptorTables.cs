// GDT, task state segment and IDT, and the registers that make SYSCALL work. SDM 3A 3.4.5 Segment Descriptors, 7.14.1
// 64-Bit Mode IDT. All gates are interrupt gates: the kernel runs with interrupts off, except where it waits.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MinusOne.Efi.Host;

namespace MinusOne.Guests.Kernel.Machine;

internal static unsafe class DescriptorTables
{
    public const int GdtEntries = 8;

    private const int Vectors = 0x30;
    private const ulong KernelCode = 0x00AF_9B00_0000_FFFF;
    private const ulong KernelData = 0x00CF_9300_0000_FFFF;
    private const ulong UserData = 0x00CF_F300_0000_FFFF;
    private const ulong UserCode = 0x00AF_FB00_0000_FFFF;
    private const ulong InterruptGate = 0x8E00;

    // TF, IF, DF, IOPL, NT, AC: none of them is the program's choice in the kernel.
    private const ulong FlagsMask = 0x4_7700;

    private static InterruptTable s_interrupts;

    public static void Load(Processor* processor)
    {
        TaskStateSegment* state = &processor->State;
        state->IoMapBase = (ushort)sizeof(TaskStateSegment);
        state->InterruptStack[0] = ((ulong)processor->EmergencyStack + 2048) & ~15ul;
        ulong address = (ulong)state;
        ulong* gdt = processor->Gdt;
        gdt[Selectors.KernelCode / 8] = KernelCode;
        gdt[Selectors.KernelData / 8] = KernelData;
        gdt[Selectors.Task / 8] = (ulong)sizeof(TaskStateSegment) - 1 | (address & 0xFF_FFFF) << 16 | 0x89ul << 40
            | (address >> 24 & 0xFF) << 56;
        gdt[(Selectors.Task / 8) + 1] = address >> 32;
        gdt[Selectors.UserData / 8] = UserData;
        gdt[Selectors.UserCode / 8] = UserCode;

        TablePointer global = new() { Limit = (GdtEntries * 8) - 1, Base = (ulong)gdt };
        TablePointer interrupts = new() { Limit = (ushort)(sizeof(InterruptTable) - 1), Base = (ulong)FillGates() };
        Cpu.LoadDescriptorTables(&global, &interrupts);

        processor->Entry.Self = (ulong)processor;
        Cpu.WriteMsr(Msr.GsBase, (ulong)processor);
        Cpu.WriteMsr(Msr.KernelGsBase, 0);
        Cpu.WriteMsr(Msr.Star, (ulong)Selectors.SysretBase << 48 | (ulong)Selectors.KernelCode << 32);
        Cpu.WriteMsr(Msr.Lstar, Cpu.SystemCallEntryAddress());
        Cpu.WriteMsr(Msr.Fmask, FlagsMask);
    }

    private static ulong* FillGates()
    {
        ulong* gates = ((InterruptTable*)Unsafe.AsPointer(ref s_interrupts))->Gates;
        for (int vector = 0; vector < Vectors; vector++)
        {
            ulong entry = Cpu.InterruptEntriesAddress() + (ulong)(vector * InterruptEntries.Size);
            bool emergency = (ExceptionVector)vector
                is ExceptionVector.Nmi or ExceptionVector.DoubleFault or ExceptionVector.MachineCheck;
            gates[2 * vector] = entry & 0xFFFF | (ulong)Selectors.KernelCode << 16 | (emergency ? 1ul : 0) << 32
                | InterruptGate << 32 | (entry >> 16 & 0xFFFF) << 48;
            gates[(2 * vector) + 1] = entry >> 32;
        }

        return gates;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    private struct TablePointer
    {
        public ushort Limit;
        public ulong Base;
    }

    private struct InterruptTable
    {
        public fixed ulong Gates[2 * Vectors];
    }
}
