// The device of foreign test suites: a latch, and every line by hand.

using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class TestDeviceTests
{
    private readonly PcMachine _machine = new();

    public TestDeviceTests() => TestDevice.Plug(&_machine.Vm->Board);

    [Fact]
    public void TheLatchKeepsWhatIsWritten()
    {
        Board* board = &_machine.Vm->Board;
        board->Out(0xE0, 4, 0x1234_5678);
        Assert.Equal(0x1234_5678u, board->In(0xE0, 4));
        board->Out(0xE1, 1, 0xAB);
        board->Out(0xE2, 2, 0xCDEF);
        Assert.Equal(0xCDEF_AB78u, board->In(0xE0, 4));
        Assert.Equal(0xEFu, board->In(0xE2, 1));
        Assert.Equal(0xCDEFu, board->In(0xE2, 2));
    }

    [Fact]
    public void EveryLineCanBeRaised()
    {
        for (int line = 0; line < 24; line++)
        {
            _machine.Out(0x2000 + line, 1);
            Assert.Equal(1u << line, _machine.Vm->Board.HighLines);
            Assert.Equal(1u, _machine.In(0x2000 + line));
            _machine.Out(0x2000 + line, 0);
        }

        _machine.Out(0x2018, 1);
        Assert.Equal(0u, _machine.Vm->Board.HighLines);
    }

    [Fact]
    public void ALineInterrupts()
    {
        _machine.Out(0x2005, 1);
        Assert.True(_machine.IsInterrupted);
        Assert.Equal(0x0D, _machine.Take());
    }
}
