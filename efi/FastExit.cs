// The names by which the exit stub calls the short path.

using System.Runtime;

namespace MinusOne.Efi;

internal static unsafe class FastExit
{
    [RuntimeExport("FastExit")]
    private static FastAnswer Handle(Vcpu* vcpu, uint reason) => FastExits.Handle(vcpu, reason);

    [RuntimeExport("FastDevice")]
    private static FastAnswer Access(Vcpu* vcpu) => FastDevices.Access(vcpu);
}
