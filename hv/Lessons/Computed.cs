// Configurations that show what no guest can see: the hypervisor works something out and prints it.

namespace MinusOne.Hv.Lessons;

internal static unsafe class Computed
{
    // False if what came out is not what must come out.
    public static bool Run(Vm* vm, Vcpu* vcpu, in RunSettings settings)
    {
        switch (LessonHooks.LessonOf(vm).Computation)
        {
            case Computation.VmxonRegion: return VmxonRegion.Run(vm->Machine);
            case Computation.ShadowTables: return ShadowTables.Run(&vm->Machine->Frames);
            case Computation.NestedWalk: return NestedWalk.Run(&vm->Machine->Frames);
            case Computation.BrokenEntries: return BrokenEntries.Run(vm, vcpu, settings);
            default: return false;
        }
    }
}
