// Exit qualification of a start-up IPI. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct SipiQualification
{
    public readonly ulong Raw;

    public SipiQualification(ulong raw)
    {
        Raw = raw;
    }

    // The 4 KiB page in real-mode memory where the processor is to start.
    public byte Vector => (byte)Raw;
}
