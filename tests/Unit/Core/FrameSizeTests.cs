// A guest, a processor of one and its bus each live in a frame of their own.

using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class FrameSizeTests
{
    private const int Frame = 4096;

    [Fact]
    public void AGuestFitsItsFrame() => Assert.InRange(sizeof(Vm), 1, Frame);

    [Fact]
    public void AProcessorFitsItsFrame() => Assert.InRange(sizeof(Vcpu), 1, Frame);

    [Fact]
    public void ABusFitsItsFrame() => Assert.InRange(sizeof(Bus), 1, Frame);
}
