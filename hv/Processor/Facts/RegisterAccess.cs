// Exit qualification of a control-register access. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Processor.Facts;

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

// How a control register was accessed. SDM 3C 29.2.1 Basic VM-Exit Information.
internal enum CrAccessType : uint
{
    MovToCr = 0,
    MovFromCr = 1,
    Clts = 2,
    Lmsw = 3,
}

// Exit qualification of MOV DR. SDM 3C 29.2.1 Basic VM-Exit Information.
internal readonly struct DebugRegisterAccess(ulong raw)
{
    public readonly ulong Raw = raw;

    public int DebugRegister => (int)(Raw & 7);

    // MOV from the debug register; otherwise to it.
    public bool IsRead => (Raw & (1ul << 4)) != 0;

    // The general register, by its number in machine code.
    public int Register => (int)((Raw >> 8) & 0xF);
}
