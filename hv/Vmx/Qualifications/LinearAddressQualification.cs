// Exit qualification that is a linear address: the faulting one of a page fault (what CR2 would have held), the
// operand of INVLPG. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal readonly struct LinearAddressQualification
{
    public readonly ulong Raw;

    public LinearAddressQualification(ulong raw)
    {
        Raw = raw;
    }

    public Gva Address => new(Raw);
}
