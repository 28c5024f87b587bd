// Exit qualification of an APIC write, which has already reached the virtual-APIC page. SDM 3C 31.4.3.3 APIC-Write VM
// Exits.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct ApicWriteQualification
{
    public readonly ulong Raw;

    public ApicWriteQualification(ulong raw)
    {
        Raw = raw;
    }

    public uint Offset => (uint)Raw & 0xFFF;
}
