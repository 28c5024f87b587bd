// A guest that means harm to the whole board: anything written to anything, time going on in between, interrupts taken
// or left. Whatever it does, the board's own rules hold: what is kept for speed is what asking anew gives (a deadline
// may be kept too early, never too late), time always gets somewhere, and what nobody claims reads all ones.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Fuzz;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class HostileBoardTests
{
    private const int Steps = 20_000;

    private static readonly int[] s_ports =
    [
        0x20, 0x21, 0xA0, 0xA1, 0x40, 0x41, 0x42, 0x43, 0x61, 0x70, 0x71, 0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC, 0x3FD,
        0x3FE, 0x3FF, 0x60, 0x64, 0xCF8, 0xCF9, 0xCFC, 0xE9, 0xF4, 0x600, 0x602, 0x604, 0x605, 0x606, 0x608,
    ];

    private static readonly ulong[] s_pages = [0xFED0_0000, 0xFEC0_0000, 0xFEE0_0000, 0xE000_0000];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TheBoardKeepsItsRules(int seed) => Play(new Random(seed), Steps, $"seed {seed}");

    // Or until a fuzzer's input is over.
    internal static void Play(Random random, int steps, string what)
    {
        using var machine = new PcMachine();
        Vm* vm = machine.Vm;
        for (int step = 0; step < steps && random is not InputRandom { IsOver: true }; step++)
        {
            string place = $"{what}, step {step}";
            Step(machine, random, place);
            vm->End = GuestEnd.None;
            ulong due = vm->Board.Bus->Due;
            Assert.True(vm->Board.BoardDue <= due, $"{place}: {vm->Board.BoardDue} is kept for {due}");
            bool isInterrupted = machine.IsInterrupted;
            InterruptRouting.Refresh(&vm->Board);
            Assert.True(isInterrupted == machine.IsInterrupted, $"{place}: interrupted {isInterrupted}");
        }
    }

    private static void Step(PcMachine machine, Random random, string place)
    {
        Vm* vm = machine.Vm;
        int bytes = 1 << random.Next(3);
        uint value = (uint)random.NextInt64(1L << 32) >> (random.Next(4) * 8);
        var port = (ushort)(random.Next(8) == 0 ? random.Next(0x1_0000) : s_ports[random.Next(s_ports.Length)]);
        int offset = random.Next(2) == 0 ? random.Next(0x1000) : random.Next(64) * 16;
        var address = new Gpa(s_pages[random.Next(s_pages.Length)] + (ulong)offset);
        switch (random.Next(12))
        {
            case <= 2: vm->Board.Out(port, bytes, value); break;
            case <= 4: _ = vm->Board.In(port, bytes); break;
            case <= 6: vm->Board.WriteMemory(address, bytes, value); break;
            case 7: _ = vm->Board.ReadMemory(address, bytes); break;
            case 8: Outside(vm, random); break;
            case 9: Pass(machine, random, place); break;
            case 10: Assert.Equal(uint.MaxValue, vm->Board.In(0x5000, 4)); break;
            default: Take(machine); break;
        }
    }

    // Somebody types, or presses the power button.
    private static void Outside(Vm* vm, Random random)
    {
        SerialPortTests.Type(new string('z', random.Next(4)));
        SerialAccess.Poll(&vm->Board, vm->Board.Now);
        if (random.Next(50) == 0)
        {
            PowerAccess.PressButton(&vm->Board);
        }
    }

    // However many periods have passed, the next one is ahead.
    private static void Pass(PcMachine machine, Random random, string place)
    {
        machine.Pass((ulong)random.NextInt64(1L << random.Next(1, 40)));
        Assert.True(machine.Vm->Board.Deadline > Cpu.Soft.Tsc, $"{place}: the deadline is not ahead");
        Assert.True(machine.Vm->Board.Alarm <= machine.Vm->Board.Deadline, place);
    }

    private static void Take(PcMachine machine)
    {
        if (machine.IsInterrupted)
        {
            InterruptRouting.Acknowledge(&machine.Vm->Board);
        }
    }
}
