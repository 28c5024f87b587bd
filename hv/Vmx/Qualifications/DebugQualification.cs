// Exit qualification of a debug exception: what DR6 would have said. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct DebugQualification
{
    public readonly ulong Raw;

    public DebugQualification(ulong raw)
    {
        Raw = raw;
    }

    // Breakpoints 0-3 whose condition was met, enabled or not.
    public uint Breakpoints => (uint)Raw & 0xF;

    public bool BusLock => (Raw & (1ul << 11)) != 0;

    public bool DebugRegisterAccess => (Raw & (1ul << 13)) != 0;

    public bool SingleStep => (Raw & (1ul << 14)) != 0;

    public bool InTransaction => (Raw & (1ul << 16)) != 0;
}
