// A disk behind its queue, as a driver has it: requests against a naive disk, errors that change nothing, interrupts
// that are wanted or not, and a driver that means harm.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Unit.Fuzz;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class VirtioBlockTests
{
    private const uint In = 0, Out = 1, Flush = 4, Name = 8, Discard = 11, Zeroes = 13;

    [Fact]
    public void ItSaysWhatItIs()
    {
        using var machine = new VirtioMachine();
        Assert.Equal(64ul, machine.Own(0, 8));
        Assert.Equal((126ul, 512ul), (machine.Own(12, 4), machine.Own(20, 4)));
        Assert.Equal(1u, machine.Common(0x12, 2));
        machine.SetCommon(0, 4, 0);
        Assert.Equal(0x3000_6244u, machine.Common(4, 4));
        machine.SetCommon(0, 4, 1);
        Assert.Equal(0x101u, machine.Common(4, 4));
        machine.SetCommon(0, 4, 2);
        Assert.Equal(0u, machine.Common(4, 4));
        using var fixedOne = new VirtioMachine(isReadOnly: true);
        fixedOne.SetCommon(0, 4, 0);
        Assert.Equal(0x3000_0264u, fixedOne.Common(4, 4));
    }

    // 3.1.1: without version 1, or with what was not offered, it goes no further.
    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 1u)]
    [InlineData(0u, 2u)]
    internal void FeaturesMustHaveBeenOffered(uint low, uint high)
    {
        using var machine = new VirtioMachine();
        machine.SetCommon(VirtioMachine.Status, 1, 3);
        machine.Accept(0, low);
        machine.Accept(1, high);
        machine.SetCommon(VirtioMachine.Status, 1, 15);
        Assert.Equal(3u, machine.Common(VirtioMachine.Status, 1));
    }

    [Fact]
    public void AQueueInUseStaysAsItIs()
    {
        using var machine = new VirtioMachine();
        machine.SetCommon(0x18, 2, 12);
        machine.SetCommon(0x18, 2, 256);
        Assert.Equal(128u, machine.Common(0x18, 2));
        machine.SetCommon(0x20, 4, 0x1008);
        machine.SetCommon(VirtioMachine.Enable, 2, 1);
        Assert.Equal(0u, machine.Common(VirtioMachine.Enable, 2));
        machine.Begin();
        machine.SetCommon(0x20, 4, 0x5000);
        machine.SetCommon(0x18, 2, 8);
        Assert.Equal((0x1000u, 16u), (machine.Common(0x20, 4), machine.Common(0x18, 2)));
        machine.SetCommon(0x1A, 2, 9);
        Assert.Equal(0xFFFFu, machine.Common(0x1A, 2));
        machine.SetCommon(0x3A, 2, 1);
        Assert.Equal((0u, 128u), (machine.Common(VirtioMachine.Enable, 2), machine.Common(0x18, 2)));
        machine.SetCommon(0x16, 2, 1);
        Assert.Equal((0u, 0u), (machine.Common(0x18, 2), machine.Common(VirtioMachine.Enable, 2)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AnyRequestIsWhatANaiveDiskDoes(int seed)
    {
        var random = new Random(seed);
        using var machine = new VirtioMachine();
        machine.Begin(0x3000_0000);
        random.NextBytes(machine.Content);
        byte[] naive = [.. machine.Content];
        for (int step = 0; step < 300; step++)
        {
            uint type = random.Next(3) switch { 0 => In, 1 => Out, _ => Zeroes };
            int sector = random.Next(66), sectors = random.Next(0, 17);
            bool isGood = sector + sectors <= 64;
            var data = new byte[512 * sectors];
            random.NextBytes(data);
            byte status = type == Zeroes
                ? Clear(machine, type, (ulong)sector, (uint)sectors, 0)
                : Move(machine, type, sector, data);
            Assert.Equal(isGood ? 0 : 1, status);
            for (int i = 0; isGood && i < data.Length; i++)
            {
                ref byte at = ref naive[(512 * sector) + i];
                at = type == In ? at : type == Out ? data[i] : (byte)0;
            }

            Assert.Equal(naive, machine.Content);
            if (type == In && isGood)
            {
                Assert.Equal(naive[(512 * sector)..][..data.Length], machine.Read(VirtioMachine.Data, data.Length));
            }

            Assert.False(machine.IsBroken);
        }
    }

    [Fact]
    public void OtherRequests()
    {
        using var machine = new VirtioMachine();
        machine.Begin();
        machine.Content.AsSpan().Fill(7);
        Assert.Equal(0, machine.Request(Name, 0, 20, isWritten: true));
        Assert.Equal("minusone-0\0", Encoding.ASCII.GetString(machine.Read(VirtioMachine.Data, 11)));
        Assert.Equal(1, machine.Request(Name, 0, 8, isWritten: true));
        Assert.Equal(0, machine.Request(Flush, 0, 0, isWritten: false));
        Assert.Equal(2, machine.Request(99, 0, 0, isWritten: false));
        Assert.Equal(1, machine.Request(In, 0, 513, isWritten: true));
        Assert.Equal(1, machine.Request(In, ulong.MaxValue, 512, isWritten: true));
        Assert.Equal(1, machine.Request(Out, 64, 512, isWritten: false));
        Assert.Equal(0, Clear(machine, Discard, 0, 4, 0));
        Assert.Equal(2, Clear(machine, Discard, 0, 4, 1));
        Assert.Equal(2, Clear(machine, Zeroes, 0, 4, 2));
        Assert.Equal(1, Clear(machine, Zeroes, 60, 5, 0));
        Assert.Equal(1, machine.Request(Zeroes, 0, 32, isWritten: false));
        Assert.All(machine.Content, value => Assert.Equal(7, value));
        using var fixedOne = new VirtioMachine(isReadOnly: true);
        fixedOne.Begin();
        Assert.Equal(1, fixedOne.Request(Out, 0, 512, isWritten: false));
        Assert.Equal(2, Clear(fixedOne, Zeroes, 0, 1, 0));
        Assert.Equal(0, fixedOne.Request(In, 0, 512, isWritten: true));
        Assert.All(fixedOne.Content, value => Assert.Equal(0, value));
    }

    // What a header says is only worth something if there are a header and a place for the status.
    [Theory]
    [InlineData(15u, 1u)]
    [InlineData(16u, 0u)]
    [InlineData(0u, 1u)]
    internal void ARequestWithoutEndsNeedsAReset(uint header, uint status)
    {
        using var machine = new VirtioMachine();
        machine.Begin();
        if (header != 0)
        {
            machine.Describe(0, 0x8000, header, status != 0 ? 1 : 0, 1);
        }

        machine.Describe(header != 0 ? 1 : 0, 0x8010, 1, 2, 0);
        machine.Offer(0);
        Assert.Equal((true, true, 2u), (machine.IsBroken, machine.IsLineHigh, machine.Reasons()));
        machine.Begin();
        Assert.Equal(0, machine.Request(Flush, 0, 0, isWritten: false));
    }

    [Fact]
    public void ALineIsPulledIfTheDriverWantsIt()
    {
        using var machine = new VirtioMachine();
        machine.Begin();
        machine.Request(Flush, 0, 0, isWritten: false);
        Assert.Equal((true, 1u), (machine.IsLineHigh, machine.Reasons()));
        Assert.Equal((false, 0u), (machine.IsLineHigh, machine.Reasons()));
        machine.Write(VirtioMachine.Available, 1);
        machine.Request(Flush, 0, 0, isWritten: false);
        Assert.False(machine.IsLineHigh);
        machine.Begin(1 << 29);
        machine.Write(VirtioMachine.Available + 4 + 32, 2, 0);
        machine.Request(Flush, 0, 0, isWritten: false);
        machine.Request(Flush, 0, 0, isWritten: false);
        Assert.False(machine.IsLineHigh);
        machine.Request(Flush, 0, 0, isWritten: false);
        Assert.True(machine.IsLineHigh);
        Assert.Equal(3, machine.Read(VirtioMachine.Used + 4 + (8 * 16), 1)[0]);
    }

    // A guest without a master bit has a device that touches nothing.
    [Fact]
    public void ItWaitsForTheBus()
    {
        using var machine = new VirtioMachine();
        machine.Begin();
        machine.Board->Out(0xCFC, 2, 2);
        Assert.Equal(0xEE, machine.Request(Flush, 0, 0, isWritten: false));
        machine.Board->Out(0xCFC, 2, 6);
        machine.Kick();
        Assert.Equal(0, machine.Read(0x8010, 1)[0]);
    }

    // A long request does not hold the processor, and is done all the same.
    [Fact]
    public void WorkIsDoneInPieces()
    {
        using var machine = new VirtioMachine();
        machine.Begin(1 << 28);
        machine.Write(0x8000, new byte[16]);
        machine.Write(VirtioMachine.Data, [.. Enumerable.Range(0, 12).SelectMany(Entry)]);
        machine.Describe(0, VirtioMachine.Data, 12 * 16, 4, 0);
        machine.Write(VirtioMachine.Available + 2, (byte)VirtioMachine.QueueSize);
        machine.Kick();
        Assert.InRange(machine.Given(), 3, 5);
        Assert.True(machine.Board->BoardDue <= machine.Board->Now);
        machine.Finish();
        Assert.Equal((VirtioMachine.QueueSize, false), (machine.Given(), machine.IsBroken));
        Assert.Equal(GuestClock.Never, machine.Board->Bus->Due);

        static byte[] Entry(int i) =>
        [
            .. BitConverter.GetBytes(i == 0 ? 0x8000ul : i == 11 ? 0x8010ul : 0x9000ul),
            .. BitConverter.GetBytes(i == 0 ? 16u : i == 11 ? 1u : 0xC00u),
            .. BitConverter.GetBytes((i == 0 ? 1u : i == 11 ? 2u : 3u) | ((uint)(i + 1) << 16)),
        ];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ADriverThatMeansHarmDoesNone(int seed) => Play(new Random(seed), 5000);

    // Anything in registers, rings and buffers. The device takes no more time than it may, and works after a reset.
    internal static void Play(Random random, int steps)
    {
        using var machine = new VirtioMachine();
        machine.Begin(0x3000_0000);
        for (int i = 0; i < steps && random is not InputRandom { IsOver: true }; i++)
        {
            switch (random.Next(8))
            {
                case 0:
                    machine.SetCommon((uint)random.Next(0x40), 1 << random.Next(4), (ulong)random.NextInt64());
                    break;
                case 1: _ = machine.Common((uint)random.Next(0x6000), 1 << random.Next(3)); break;
                case 2: machine.Offer((ushort)random.Next(VirtioMachine.QueueSize + 1)); break;
                case 3: machine.Write((ulong)random.Next(0x2000, 0x4000), (byte)random.Next(256)); break;
                case 4: machine.Finish(); break;
                case 5 when machine.IsBroken: machine.Begin(0x3000_0000); break;
                default:
                    machine.Describe(
                        random.Next(VirtioMachine.QueueSize),
                        (ulong)random.Next(0x1_1000),
                        (uint)random.Next(0x2000),
                        random.Next(8),
                        random.Next(VirtioMachine.QueueSize));
                    break;
            }
        }

        machine.Begin();
        Assert.Equal(0, machine.Request(Flush, 0, 0, isWritten: false));
    }

    private static byte Clear(VirtioMachine machine, uint type, ulong sector, uint sectors, uint flags)
    {
        machine.Write(
            VirtioMachine.Data,
            [.. BitConverter.GetBytes(sector), .. BitConverter.GetBytes(sectors), .. BitConverter.GetBytes(flags)]);
        return machine.Request(type, 0, 16, isWritten: false);
    }

    private static byte Move(VirtioMachine machine, uint type, int sector, byte[] data)
    {
        machine.Write(VirtioMachine.Data, data);
        return machine.Request(type, (ulong)sector, (uint)data.Length, isWritten: type == In);
    }
}
