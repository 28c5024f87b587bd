// What the exits of a virtual processor have worked out and look up again: in the part of a Vcpu that is theirs.

namespace MinusOne.Hv.Exits;

internal unsafe struct ExitMemory
{
    public PreparedLeaves Leaves;
    public MemorySites Sites;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ExitMemory* Of(Vcpu* vcpu) => (ExitMemory*)vcpu->ExitPart;
}
