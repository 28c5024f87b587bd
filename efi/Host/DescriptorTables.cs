// The host's GDT and task state segment, of which each processor has its own, and the IDT. SDM 3A 3.4 Segment
// Descriptors, 6.14.1 64-Bit Mode IDT, 8.7 Task Management in 64-bit Mode. VMX wants a host TR, which firmware does not
// have; and after leaving firmware its tables are anybody's memory. Every vector but #DB runs on a stack from the
// interrupt stack table, so that a stack overflow can still be reported.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MinusOne.Efi.Host;

internal static unsafe class DescriptorTables
{
    private const ulong FlatCode64 = 0x00AF_9B00_0000_FFFF;
    private const ulong FlatData = 0x00CF_9300_0000_FFFF;
    private const int Vectors = 256;
    private const ulong InterruptGate = 0x8E00;

    private const int Debug = 1;
    private const int Nmi = 2;
    private const int DoubleFault = 8;
    private const int MachineCheck = 18;

    private static InterruptTable s_interrupts;

    // The IDT is the same for all processors.
    public static void Build()
    {
        for (int vector = 0; vector < Vectors; vector++)
        {
            SetGate(vector, HostCpu.InterruptEntriesAddress() + (ulong)(vector * InterruptEntries.Size));
        }
    }

    // A stack for NMI, double fault and machine check each, one for all other vectors.
    public static void Load(ProcessorBlock* block)
    {
        for (int stack = 1; stack < ProcessorBlock.Stacks; stack++)
        {
            block->Task.InterruptStack[stack - 1] = block->StackTop(stack);
        }

        block->Task.IoMapBase = (ushort)sizeof(TaskStateSegment);
        ulong task = (ulong)&block->Task;
        WriteFlat(block->Global.Entries);
        block->Global.Entries[3] = ((ulong)sizeof(TaskStateSegment) - 1) | ((task & 0xFF_FFFF) << 16) | (0x89UL << 40)
            | ((task >> 24 & 0xFF) << 56);
        block->Global.Entries[4] = task >> 32;
        DescriptorTablePointer global =
            new() { Limit = (ushort)(sizeof(GlobalTable) - 1), Base = (ulong)&block->Global };
        DescriptorTablePointer interrupts =
            new() { Limit = (ushort)(sizeof(InterruptTable) - 1), Base = Address(ref s_interrupts) };
        HostCpu.LoadDescriptorTables(&global, &interrupts);
    }

    // The first three of any table of ours.
    public static void WriteFlat(ulong* descriptors)
    {
        descriptors[0] = 0;
        descriptors[1] = FlatCode64;
        descriptors[2] = FlatData;
    }

    // What VT-x loads at an exit, for the processor of this block.
    public static HostState StateOf(ProcessorBlock* block) => new()
    {
        GdtBase = (ulong)&block->Global,
        IdtBase = Address(ref s_interrupts),
        TssBase = (ulong)&block->Task,
        CodeSelector = HostSelectors.Code,
        DataSelector = HostSelectors.Data,
        TaskSelector = HostSelectors.Task,
        ExitAddress = HostCpu.ExitAddress(),
    };

    private static void SetGate(int vector, ulong entry)
    {
        ulong stack = vector switch
        {
            // On AMD's it may come while the guest's task register is still there.
            Debug => 0,
            Nmi => 2,
            DoubleFault => 3,
            MachineCheck => 4,
            _ => 1,
        };
        s_interrupts.Gates[2 * vector] =
            (entry & 0xFFFF) | ((ulong)HostSelectors.Code << 16) | (stack << 32) | (InterruptGate << 32)
                | ((entry >> 16 & 0xFFFF) << 48);
        s_interrupts.Gates[(2 * vector) + 1] = entry >> 32;
    }

    private static ulong Address<T>(ref T value) => (ulong)Unsafe.AsPointer(ref value);

    private struct InterruptTable
    {
        public fixed ulong Gates[2 * Vectors];
    }
}

internal unsafe struct GlobalTable
{
    public fixed ulong Entries[5];
}

// SDM 3A figure 8-11. The stacks lie at odd multiples of 4: packed.
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal unsafe struct TaskStateSegment
{
    public uint Reserved0;
    public fixed ulong PrivilegeStack[3];
    public ulong Reserved1;
    public fixed ulong InterruptStack[7];
    public ulong Reserved2;
    public ushort Reserved3;
    public ushort IoMapBase;
}
