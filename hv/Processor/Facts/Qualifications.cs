// The exit qualification, a type for each form that something here decodes. SDM 3C 29.2.1 Basic VM-Exit Information.
namespace MinusOne.Hv.Processor.Facts;

// An I/O instruction.
internal readonly struct PortAccess(ulong raw)
{
    public readonly ulong Raw = raw;

    // Bytes: 1, 2 or 4.
    public int Size => (int)(Raw & 7) + 1;
    public bool IsIn => (Raw & (1ul << 3)) != 0;

    // INS or OUTS.
    public bool IsString => (Raw & (1ul << 4)) != 0;
    public bool IsRepeated => (Raw & (1ul << 5)) != 0;
    public ushort Port => (ushort)(Raw >> 16);
}

// A control-register access.
internal readonly struct ControlRegisterAccess(ulong raw)
{
    public readonly ulong Raw = raw;

    // 0 for CLTS and LMSW.
    public int ControlRegister => (int)(Raw & 0xF);
    public CrAccessType Type => (CrAccessType)((Raw >> 4) & 3);

    // The general register of a MOV, by its number in machine code.
    public int Register => (int)((Raw >> 8) & 0xF);
    public ushort LmswSource => (ushort)(Raw >> 16);
}

// How a control register was accessed.
internal enum CrAccessType : uint
{
    MovToCr = 0,
    MovFromCr = 1,
    Clts = 2,
    Lmsw = 3,
}

// MOV DR.
internal readonly struct DebugRegisterAccess(ulong raw)
{
    public readonly ulong Raw = raw;

    public int DebugRegister => (int)(Raw & 7);

    // MOV from the debug register; otherwise to it.
    public bool IsRead => (Raw & (1ul << 4)) != 0;

    // The general register, by its number in machine code.
    public int Register => (int)((Raw >> 8) & 0xF);
}

// An EPT violation. Bits 5:3 are the AND of the permissions of all entries used; one that is not present makes them 0.
internal readonly struct MemoryFault(ulong raw)
{
    public readonly ulong Raw = raw;

    public bool IsRead => (Raw & (1ul << 0)) != 0;
    public bool IsWrite => (Raw & (1ul << 1)) != 0;
    public bool IsFetch => (Raw & (1ul << 2)) != 0;

    // Nothing at all was mapped there.
    public bool WasNotPresent => (Raw & (0xFul << 3)) == 0;
    public bool LinearAddressValid => (Raw & (1ul << 7)) != 0;

    // The access was to the final address; otherwise to one of the guest's paging structures.
    public bool IsFinalTranslation => (Raw & (1ul << 8)) != 0;

    // An IRET that removed NMI blocking was interrupted.
    public bool NmiUnblockingDueToIret => (Raw & (1ul << 12)) != 0;
}

// A task switch.
internal readonly struct TaskSwitchRequest(ulong raw)
{
    public readonly ulong Raw = raw;

    public ushort Selector => (ushort)Raw;
    public TaskSwitchSource Source => (TaskSwitchSource)((Raw >> 30) & 3);
}

// What started a task switch.
internal enum TaskSwitchSource : uint
{
    Call = 0,
    Iret = 1,
    Jmp = 2,
    TaskGate = 3,
}
