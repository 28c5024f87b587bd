// Exit qualification of MOV DR. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct MovDrQualification
{
    public readonly ulong Raw;

    public MovDrQualification(ulong raw)
    {
        Raw = raw;
    }

    public int DebugRegister => (int)(Raw & 7);

    // MOV from the debug register; otherwise to it.
    public bool IsRead => (Raw & (1ul << 4)) != 0;

    // The general register, by its number in machine code.
    public int Register => (int)((Raw >> 8) & 0xF);
}
