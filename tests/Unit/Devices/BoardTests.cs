// The board over all ports and widths, against an oracle that knows bytes only.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class BoardTests
{
    private static readonly int[] s_widths = [1, 2, 4];

    [Theory]
    [InlineData(LessonDevices.None)]
    [InlineData(LessonDevices.Counter)]
    internal void EveryPortReadsAsItsBytes(LessonDevices devices)
    {
        using var machine = new BoardMachine(VmFeatures.None, devices);
        foreach (int width in s_widths)
        {
            for (int port = 0; port <= 0xFFFF; port++)
            {
                machine.Reset();
                uint expected = 0;
                int counted = 0;
                for (int i = 0; i < width; i++)
                {
                    expected |= (uint)FreshByte((port + i) & 0xFFFF, devices, ref counted) << (8 * i);
                }

                uint read = machine.In(port, width);
                Assert.True(expected == read, $"port {port:X}, {width} bytes: {read:X} instead of {expected:X}");
            }
        }
    }

    [Fact]
    public void EveryPortIsWrittenByteByByte()
    {
        using var machine = new BoardMachine(VmFeatures.None, LessonDevices.Counter);
        foreach (int width in s_widths)
        {
            for (int port = 0; port <= 0xFFFF; port++)
            {
                machine.Reset();
                machine.Out(port, 0x6463_6261, width);
                string expected = "";
                for (int i = 0; i < width; i++)
                {
                    expected += ((port + i) & 0xFFFF) is 0xE9 or 0x3F8 ? "abcd"[i] : "";
                }

                string printed = BoardMachine.Printed;
                Assert.True(expected == printed, $"port {port:X}, {width} bytes: '{printed}' instead of '{expected}'");
            }
        }
    }

    // One access of all ends the guest, whatever the port and the width.
    [Fact]
    public void OnlyTheWordAt604PowersOff()
    {
        using var machine = new BoardMachine(VmFeatures.None);
        foreach (int width in s_widths)
        {
            for (int port = 0; port <= 0xFFFF; port++)
            {
                machine.Reset();
                machine.Out(port, 0x2000, width);
                machine.Out(port, 0x2000_2000, width == 4 ? 4 : 1);
                Assert.True(
                    machine.Vm->End == (port == 0x604 && width == 2 ? GuestEnd.PoweredOff : GuestEnd.None),
                    $"port {port:X}, {width} bytes: {machine.Vm->End}");
            }
        }
    }

    [Theory]
    [InlineData(0x2001u)]
    [InlineData(0x0020u)]
    [InlineData(0x3400u)]
    [InlineData(0xA000u)]
    [InlineData(0u)]
    public void NoOtherValuePowersOff(uint value)
    {
        using var machine = new BoardMachine(VmFeatures.None);
        machine.Out(0x604, value, 2);
        Assert.Equal(GuestEnd.None, machine.Vm->End);
    }

    [Fact]
    public void TheCounterCounts()
    {
        using var machine = new BoardMachine(VmFeatures.None, LessonDevices.Counter);
        machine.Out(0xC000, 0xFF);
        Assert.Equal(0xFFu, machine.In(0xC000));
        Assert.Equal(0u, machine.In(0xC000));
        Assert.Equal(3u, machine.In(0xC001));
        machine.Out(0xC001, 9);
        Assert.Equal(3u, machine.In(0xC001));
        Assert.Equal(0x0401u, machine.In(0xC000, 2));
    }

    [Fact]
    public void DeviceMemoryTakesEveryWidth()
    {
        using var machine = new BoardMachine(VmFeatures.None, LessonDevices.Scratch);
        var address = new Gpa(0xFEB0_0010);
        machine.Vm->Board.WriteMemory(address, 8, 0x8877_6655_4433_2211);
        Assert.Equal(0x8_0000_0001ul, machine.Vm->Board.ReadMemory(new(0xFEB0_0100), 8));
        Assert.Equal(0x8877_6655_4433_2211ul, machine.Vm->Board.ReadMemory(address, 8));
        Assert.Equal(0x5544ul, machine.Vm->Board.ReadMemory(address + 3, 2));
        machine.Vm->Board.WriteMemory(address + 1, 3, 0xDDCCBB);
        Assert.Equal(0x55DD_CCBB_11ul, machine.Vm->Board.ReadMemory(address, 5));
    }

    [Fact]
    public void WhereNoDeviceIsMemoryReadsAsOnes()
    {
        using var machine = new BoardMachine(VmFeatures.None, LessonDevices.Scratch);
        Assert.Equal(0xFFFF_FF00ul, machine.Vm->Board.ReadMemory(new(0xFEB0_00FF), 1) | 0xFFFF_FF00);
        Assert.Equal(0xFFul, machine.Vm->Board.ReadMemory(new(0xFEB0_1000), 1));
        Assert.Equal(0xFFFF_FFFFul, machine.Vm->Board.ReadMemory(new(0xFEAF_FFF8), 4));
        machine.Vm->Board.WriteMemory(new(0xFEAF_FFFE), 4, 0x1234_5678);
        Assert.Equal(0x1234ul, machine.Vm->Board.ReadMemory(new(0xFEB0_0000), 2));
        Assert.Equal(0x1234_FFFFul, machine.Vm->Board.ReadMemory(new(0xFEAF_FFFE), 4));
        using var without = new BoardMachine(VmFeatures.None);
        Assert.Equal(ulong.MaxValue, without.Vm->Board.ReadMemory(new(0xFEB0_0000), 8));
    }

    [Fact]
    public void TheBoardHasNoOverlap()
    {
        using var machine = new BoardMachine(VmFeatures.Pc, LessonDevices.Counter | LessonDevices.Scratch);
        Assert.False(machine.Board->Bus->HasRefused);
    }

    // What a byte port of a machine that was just turned on gives.
    private static byte FreshByte(int port, LessonDevices devices, ref int counted)
    {
        switch (port)
        {
            case 0xE9: return 0xE9;
            case 0x3FA: return 0x01;
            case 0x3FD: return 0x60;
            case 0x3FE: return 0xB0;
            case >= 0x3F8 and <= 0x3FF: return 0;
            case 0xC000 when devices == LessonDevices.Counter: return (byte)counted++;
            case 0xC001 when devices == LessonDevices.Counter: return (byte)counted;
            default: return 0xFF;
        }
    }
}
