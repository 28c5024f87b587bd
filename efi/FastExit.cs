// The names by which the exit stub calls the short path.

using System.Runtime;

namespace MinusOne.Efi;

internal static unsafe class FastExit
{
    [RuntimeExport("FastExit")]
    private static Verdict Handle(Vcpu* vcpu, uint reason) => ShortPath.Handle(vcpu, reason);

    // On AMD's, where a stub cannot move RIP in fewer instructions than this.
    [RuntimeExport("FastSvmExit")]
    private static Verdict HandleSvm(Vcpu* vcpu)
    {
        if (SvmExit.IsTooLate(vcpu))
        {
            return Verdict.Refused;
        }

        Verdict answer = ShortPath.Handle(vcpu, (uint)SvmExit.Note(vcpu));
        return answer == Verdict.Advance && SvmBackend.TryAdvance() ? Verdict.Resume : answer;
    }

    [RuntimeExport("FastDevice")]
    private static Verdict Access(Vcpu* vcpu) => DeviceMemoryExits.Short(vcpu);
}
