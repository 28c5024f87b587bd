// Exit qualification of a virtualized EOI. SDM 3C 31.1.4 EOI Virtualization.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct EoiQualification
{
    public readonly ulong Raw;

    public EoiQualification(ulong raw)
    {
        Raw = raw;
    }

    public byte Vector => (byte)Raw;
}
