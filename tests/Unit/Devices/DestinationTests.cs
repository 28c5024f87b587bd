// The receivers of a message: the command register of one local APIC among several, in random modes and with random
// logical ids, against a model that goes by the sentences of the manual. SDM 3A 12.6.1 Interrupt Command Register
// (ICR), 12.6.2 Determining IPI Destination, 12.12.9-12.12.10.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class DestinationTests : IDisposable
{
    private const uint Command = 0x300, CommandHigh = 0x310, Logical = 0xD0, Format = 0xE0, Spurious = 0xF0, Tpr = 0x80;
    private const ulong X2Base = 0xFEE0_0C00;

    private readonly PcMachine _machine = new();
    private readonly List<nint> _blocks = [];
    private readonly Model[] _models;

    public DestinationTests()
    {
        for (uint id = 1; id < Vm.MostVcpus; id++)
        {
            var vcpu = (Vcpu*)Block(sizeof(Vcpu));
            Machine->Add(vcpu);
            Machine->Board.At(id)->Reset((byte*)Block(4096), id);
        }

        _models = new Model[Vm.MostVcpus];
    }

    private Vm* Machine => _machine.Vm;

    public void Dispose()
    {
        _blocks.ForEach(block => NativeMemory.Free((void*)block));
        _machine.Dispose();
    }

    [Fact]
    public void FixedMessagesReachWhomTheManualNames()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            SetUp(random);
            for (int step = 0; step < 50; step++)
            {
                uint destination = Destination(random);
                uint low = (uint)random.Next(4) << 18 | (uint)random.Next(2) << 11 | 1u << 14 | 0x40;
                string what = $"seed {seed}, step {step}: {low:X} to {destination:X}";
                int sender = Send(random, destination, low);
                int[] meant = [.. Enumerable.Range(0, Vm.MostVcpus)
                    .Where(id => _models[id].IsOn && IsMeant(_models[id], id, sender, destination, low))];
                Assert.True(meant.SequenceEqual(Took()), what + $" by {sender}: {string.Join(' ', Took())}");
                Clear();
            }
        }
    }

    // The one among those that are meant whose priority is lowest.
    [Fact]
    public void LowestPriorityIsOneOfThoseMeant()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            SetUp(random);
            uint destination = Destination(random);
            uint low = (uint)random.Next(2) << 11 | 1u << 14 | 1u << 8 | 0xE0;
            int sender = Send(random, destination, low);
            int[] meant = [.. Enumerable.Range(0, Vm.MostVcpus)
                .Where(id => _models[id].IsOn && IsMeant(_models[id], id, sender, destination, low))];
            int[] took = Took();
            Assert.True(took.Length == Math.Min(1, meant.Length) && took.All(meant.Contains), $"seed {seed}");
            Assert.True(took.All(id => _models[id].Priority == meant.Min(other => _models[other].Priority)), $"{seed}");
        }
    }

    // A processor that has not been started takes none; INIT and start-up messages are noted, a de-assertion of INIT is
    // nothing.
    [Theory]
    [InlineData(0x0_4400u, StartSignals.None)]
    [InlineData(0x0_4500u, StartSignals.Init)]
    [InlineData(0x0_8500u, StartSignals.None)]
    [InlineData(0x0_C500u, StartSignals.Init)]
    [InlineData(0x0_4610u, StartSignals.StartUp)]
    internal void OthersAreStartedAndStopped(uint low, StartSignals signals)
    {
        Write(CommandHigh, 2u << 24);
        Write(Command, low);
        for (int id = 0; id < Vm.MostVcpus; id++)
        {
            Assert.Equal(id == 2 ? signals : StartSignals.None, Machine->Board.At((uint)id)->Signals);
            Assert.False(Machine->At(id)->Events.HasNmi);
        }
    }

    // An INIT takes back what came before it, a second start-up message is one too many.
    [Fact]
    public void MessagesAreHeededInTheirOrder()
    {
        Write(CommandHigh, 2u << 24);
        Write(Command, 0x4610);
        Write(Command, 0x4500);
        Assert.Equal(StartSignals.Init, Machine->Board.At(2)->Signals);
        Write(Command, 0x4612);
        Write(Command, 0x4613);
        Assert.Equal(StartSignals.Init | StartSignals.StartUp, Machine->Board.At(2)->Signals);
        Assert.Equal(0x12, Machine->Board.At(2)->StartVector);
        Assert.Equal(0ul, Machine->Board.SliceEnd);
    }

    // The 8259 pair leads to the first processor, whoever runs.
    [Fact]
    public void The8259IsTheFirstOnes()
    {
        Machine->SetCurrent(Machine->At(3));
        InterruptRouting.SetLine(&Machine->Board, 3, true);
        Assert.True(Machine->First->Events.HasExternal);
        Assert.False(Machine->At(3)->Events.HasExternal);
    }

    private void SetUp(Random random)
    {
        bool areX2 = random.Next(3) == 0;
        bool isFlat = random.Next(2) == 0;
        for (int id = 0; id < Vm.MostVcpus; id++)
        {
            ref LocalApic apic = ref *Machine->Board.At((uint)id);
            apic.Reset(apic.Page, (uint)id);
            var model = new Model
            {
                IsX2 = areX2,
                IsFlat = isFlat,
                IsOn = random.Next(8) != 0,
                Logical = (uint)random.Next(256),
                Priority = (uint)random.Next(0, 13) << 4,
            };
            apic.TryWrite((ApicRegister)Spurious, model.IsOn ? 0x1FFu : 0xFF, 0);
            apic.TryWrite((ApicRegister)Logical, model.Logical << 24, 0);
            apic.TryWrite((ApicRegister)Format, isFlat ? uint.MaxValue : 0x0FFF_FFFF, 0);
            apic.TryWrite((ApicRegister)Tpr, model.Priority, 0);
            if (areX2)
            {
                apic.SetBase(X2Base);
            }

            _models[id] = model;
        }
    }

    private static uint Destination(Random random) => random.Next(4) switch
    {
        0 => (uint)random.Next(10),
        1 => (uint)random.Next(256),
        2 => 0xFF,
        _ => 1u << random.Next(8) | 1u << random.Next(8),
    };

    private int Send(Random random, uint destination, uint low)
    {
        int sender = random.Next(Vm.MostVcpus);
        Machine->SetCurrent(Machine->At(sender));
        if (_models[sender].IsX2)
        {
            destination = destination == 0xFF ? uint.MaxValue : destination;
            ApicAccess.TryWriteMsr(&Machine->Board, (uint)Msr.X2ApicBase + 0x30, (ulong)destination << 32 | low);
        }
        else
        {
            Write(CommandHigh, destination << 24);
            Write(Command, low);
        }

        return sender;
    }

    // Without a look at the code that is tested. Logical ids in x2APIC mode: cluster id / 16, bit id % 16.
    private static bool IsMeant(Model model, int id, int sender, uint destination, uint low)
    {
        uint shorthand = low >> 18 & 3;
        if (shorthand != 0)
        {
            return shorthand == 2 || id == sender == (shorthand == 1);
        }

        if (destination == 0xFF)
        {
            return true;
        }

        if ((low & 0x800) == 0)
        {
            return id == destination;
        }

        uint logical = model.IsX2 ? 1u << id : model.Logical;
        return model.IsX2 || model.IsFlat
            ? (logical & destination) != 0
            : logical >> 4 == destination >> 4 && (logical & destination & 15) != 0;
    }

    private int[] Took() =>
        [.. Enumerable.Range(0, Vm.MostVcpus).Where(id => Requests(id) != 0)];

    private uint Requests(int id)
    {
        uint all = 0;
        for (uint word = 0; word < 8; word++)
        {
            Machine->Board.At((uint)id)->TryRead(ApicRegister.InterruptRequest + (16 * word), 0, out uint value);
            all |= value;
        }

        return all;
    }

    private void Clear()
    {
        for (int id = 0; id < Vm.MostVcpus; id++)
        {
            ref LocalApic apic = ref *Machine->Board.At((uint)id);
            apic.SetTaskPriority(0);
            while (apic.Interrupt)
            {
                apic.Acknowledge();
                apic.EndInterrupt(out _);
            }

            apic.SetTaskPriority(_models[id].Priority);
        }
    }

    private void Write(uint register, uint value) => ApicAccess.WriteMemory(&Machine->Board, register, 4, value);

    private void* Block(int bytes)
    {
        void* block = NativeMemory.AllocZeroed((nuint)bytes);
        _blocks.Add((nint)block);
        return block;
    }

    private struct Model
    {
        public bool IsX2;
        public bool IsFlat;
        public bool IsOn;
        public uint Logical;
        public uint Priority;
    }
}
