// What a later room keeps for a Vm, a Vcpu or the machine lies in parts and frames of a fixed size.

using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class PartTests
{
    private const int Frame = 4096;

    [Fact]
    public void EveryPartFits()
    {
        Assert.InRange(sizeof(VmxVcpu), 1, sizeof(ulong) * Vcpu.BackendWords);
        Assert.InRange(sizeof(ExitMemory), 1, sizeof(ulong) * Vcpu.ExitWords);
        Assert.InRange(sizeof(Vcpu), 1, Frame);
        Assert.InRange(sizeof(Vm), 1, Frame);
        Assert.InRange(sizeof(Bus), 1, Frame);
        Assert.InRange(sizeof(LessonBoard), 1, Frame);
    }
}
