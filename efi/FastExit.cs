// The names by which the exit stub calls the short path.

using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi;

internal static unsafe class FastExit
{
    [RuntimeExport("FastExit")]
    private static Verdict Handle(Vcpu* vcpu, uint reason) => ShortPath.Handle(vcpu, reason);

    // On AMD's, where a stub cannot move RIP in fewer instructions than this.
    [RuntimeExport("FastSvmExit")]
    private static Verdict HandleSvm(Vcpu* vcpu) =>
        SvmCpu.Processor.Due != 0 ? HandleBelowAnother(vcpu) : JudgeSvm(vcpu);

    // The timer may be overdue there.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Verdict HandleBelowAnother(Vcpu* vcpu) =>
        SvmExit.IsTooLate(vcpu) ? Verdict.Refused : JudgeSvm(vcpu);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Verdict JudgeSvm(Vcpu* vcpu)
    {
        Verdict answer = ShortPath.Handle(vcpu, (uint)SvmExit.Note(vcpu));
        return answer == Verdict.Advance && SvmBackend.TryAdvance() ? Verdict.Resume : answer;
    }

    [RuntimeExport("FastDevice")]
    private static Verdict Access(Vcpu* vcpu) => DeviceMemoryExits.Short(vcpu);
}
