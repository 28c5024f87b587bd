// The names by which the exit stub calls the short path.

using System.Runtime;

namespace MinusOne.Efi;

internal static unsafe class FastExit
{
    [RuntimeExport("FastExit")]
    private static Verdict Handle(Vcpu* vcpu, uint reason) => ShortPath.Handle(vcpu, reason);

    [RuntimeExport("FastDevice")]
    private static Verdict Access(Vcpu* vcpu) => DeviceMemoryExits.Short(vcpu);
}
