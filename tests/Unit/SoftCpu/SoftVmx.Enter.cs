// VMLAUNCH and VMRESUME.

using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Tests.Unit.SoftCpu;

internal sealed unsafe partial class SoftVmx
{
    public SoftTlb Tlb { get; } = new();

    public bool InGuest { get; private set; }

    public bool GuestIn64BitMode { get; private set; }

    public VmxResult Enter(GuestRegisters* registers)
    {
        RequireOperation("VMLAUNCH");
        throw new SoftCpuException("no guest runs here yet");
    }
}
