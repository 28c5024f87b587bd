// The ways to the reset line and the exit port: every port, width and value of interest, and nothing else.

using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class ResetPortsTests
{
    [Theory]
    [InlineData(0x64, 1, 0xFE, true)]
    [InlineData(0x64, 1, 0xF0, true)]
    [InlineData(0x64, 1, 0xFF, false)]
    [InlineData(0x64, 1, 0xEE, false)]
    [InlineData(0x64, 1, 0xD1, false)]
    [InlineData(0x60, 1, 0xFE, false)]
    [InlineData(0x92, 1, 0x01, true)]
    [InlineData(0x92, 1, 0x03, true)]
    [InlineData(0x92, 1, 0x02, false)]
    [InlineData(0xCF9, 1, 0x06, true)]
    [InlineData(0xCF9, 1, 0x0E, true)]
    [InlineData(0xCF9, 1, 0x02, false)]
    [InlineData(0xCF8, 1, 0x06, false)]
    [InlineData(0xCF8, 2, 0x0606, false)]
    [InlineData(0xCF8, 4, 0x80000600, false)]
    [InlineData(0xCFB, 1, 0x06, false)]
    [InlineData(0x604, 2, 0x3400, false)]
    internal void AResetIsOneAccessOfOnePort(int port, int bytes, uint value, bool resets)
    {
        using var machine = new BoardMachine(VmFeatures.Pc);
        machine.Out(port, value, bytes);
        Assert.Equal(resets, machine.Vm->End == GuestEnd.Reset);
        using var small = new BoardMachine(VmFeatures.None);
        small.Out(port, value, bytes);
        Assert.Equal(GuestEnd.None, small.Vm->End);
    }

    // Firmware finds it by what it reads. Nobody else has it.
    [Fact]
    public void TheDebugPortShowsWhatIsWritten()
    {
        using var machine = new BoardMachine(VmFeatures.Pc);
        Assert.Equal(0xFFu, machine.In(0x402, 1));
        DebugPort.Plug(&machine.Vm->Board, DebugPort.Firmware);
        Assert.Equal(0xE9u, machine.In(0x402, 1));
        Host.Written(Output.Console).Clear();
        machine.Out(0x402, 'S', 1);
        Assert.Equal("S", BoardMachine.Printed);
    }

    [Theory]
    [InlineData(1, 0x31u)]
    [InlineData(2, 0x1234u)]
    [InlineData(4, 0xDEADBEEFu)]
    public void TheExitPortTakesAnyValue(int bytes, uint value)
    {
        using var machine = new BoardMachine(VmFeatures.Pc);
        machine.Out(0xF4, value, bytes);
        Assert.Equal((GuestEnd.DebugExit, value), (machine.Vm->End, machine.Vm->EndValue));
    }

    [Theory]
    [InlineData(0x2000u, true)]
    [InlineData(0x3400u, true)]
    [InlineData(0x3401u, true)]
    [InlineData(0x2001u, false)]
    [InlineData(0x1400u, false)]
    [InlineData(0x3800u, false)]
    public void APcHasSoftOffAsWell(uint value, bool isOff)
    {
        using var machine = new BoardMachine(VmFeatures.Pc);
        machine.Out(0x604, value, 4);
        machine.Out(0x604, value, 1);
        machine.Out(0x605, value >> 8, 1);
        Assert.Equal(GuestEnd.None, machine.Vm->End);
        machine.Out(0x604, value, 2);
        Assert.Equal(isOff ? GuestEnd.PoweredOff : GuestEnd.None, machine.Vm->End);
    }

    [Fact]
    public void WhatTheyRead()
    {
        using var machine = new BoardMachine(VmFeatures.Pc);
        Assert.Equal(2u, machine.In(0x92));
        Assert.Equal(0u, machine.In(0xCF9));
        Assert.Equal(0xFFu, machine.In(0xF4));
    }
}
