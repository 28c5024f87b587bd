// A balloon behind its queues: pages that are put there or reported are no longer the guest's, but for those that were
// never its RAM; nothing goes while an instruction is being carried out, and long lists go bit by bit.

using System;
using System.Linq;
using MinusOne.Tests.Unit.Fuzz;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

public sealed unsafe class VirtioBalloonTests : IDisposable
{
    private const int Inflating = 0, Deflating = 1, LinuxReporting = 2, Nobody = 3, FreeReporting = 4;
    private const ulong List = 0x8000, Page = 0xA000, Pages = RamBytes >> 12, RamBytes = VirtioGuest.RamBytes;

    private readonly VirtioGuest _guest = Create();

    public VirtioBalloonTests()
    {
        _guest.Begin();
        for (ulong at = 0; at < RamBytes; at += 0x1000)
        {
            _guest.Write(at < Page ? at + 0xFFF : at, 0xA5);
        }
    }

    private ulong Mapped => GuestMemoryUse.Of(ref *_guest.Memory).Pages;

    public void Dispose() => _guest.Dispose();

    // The driver tells what it has put there, and can change nothing else.
    [Fact]
    public void ConfigurationIsThere()
    {
        _guest.Board->Out(0xCF8, 4, 0x8000_0800);
        Assert.Equal(0x1045_1AF4u, _guest.Board->In(0xCFC, 4));
        _guest.SetCommon(0, 4, 0);
        Assert.Equal(0x24u, _guest.Common(4, 4) & 0xFF);
        for (uint at = 0; at < VirtioDevice.ConfigurationBytes; at += 4)
        {
            _guest.SetOwn(at, 4, 0x0403_0201);
        }

        Assert.Equal((77UL, 0x0403_0201UL, 0UL), (_guest.Own(0, 4), _guest.Own(4, 4), _guest.Own(8, 8)));
    }

    [Theory]
    [InlineData((int)Choice.No)]
    [InlineData((int)Choice.Usual)]
    public void NobodyHasOneWhoDoesNotWantIt(int choice)
    {
        using VirtioGuest guest = new(new DeviceOrder { Balloon = (Choice)choice }, queues: 0, size: 16);
        guest.Board->Out(0xCF8, 4, 0x8000_0800);
        Assert.Equal(uint.MaxValue, guest.Board->In(0xCFC, 4));
    }

    // Twice the same, none of the guest's, a device's, and the page of the list itself: what follows in it is page 0.
    [Fact]
    public void PagesInBalloonAreGone()
    {
        ulong before = Mapped;
        Inflate(0xA, 0xB, 0xA, 0x10, 0xC_0008, uint.MaxValue, 0x8, 0xC);
        Assert.Equal((1, 0u, true), (_guest.Given(), _guest.Written(), _guest.IsLineHigh));
        Assert.True(_guest.Memory->IsStale);
        Assert.Equal(before - 3, Mapped);
        Assert.Equal([0, 0, 0xA5], [First(0xA), First(0xB), First(0xC)]);
        Assert.Equal([0, 0xA5], [_guest.Read(0xFFF, 1)[0], _guest.Read(0x1FFF, 1)[0]]);
        _guest.Write(Page, 0x5A);
        _guest.OfferOne(Deflating, List, 4, 0);
        _guest.Finish();
        Assert.Equal((1, 0x5A, false), (_guest.Given(Deflating), First(0xA), _guest.IsBroken));
    }

    // Whole pages alone, and nothing is written.
    [Theory]
    [InlineData(LinuxReporting)]
    [InlineData(FreeReporting)]
    public void ReportedPagesAreGone(int queue)
    {
        ulong before = Mapped;
        _guest.OfferOne(queue, Page + 1, 0x2FFF, 2);
        _guest.Finish();
        Assert.Equal((1, 0u, before - 2), (_guest.Given(queue), _guest.Written(queue), Mapped));
        Assert.Equal([0xA5, 0, 0, 0xA5], [First(0xA), First(0xB), First(0xC), First(0xD)]);
        _guest.OfferOne(queue, RamBytes - 0x1000, uint.MaxValue, 2);
        _guest.OfferOne(queue, 0xC000_8000, 0x1000, 2);
        _guest.OfferOne(queue, ulong.MaxValue & ~0xFFFul, 0x1000, 2);
        _guest.OfferOne(queue, ulong.MaxValue - 0xFFE, 0x10, 2);
        Finish();
        Assert.Equal((5, false), (_guest.Given(queue), _guest.IsBroken));
        Assert.Equal([0xA5, 0], [First(0xE), First(0xF)]);
    }

    // Frames come back to the pool, and the guest can have them again.
    [Fact]
    public void FramesChangeHands()
    {
        FramePool* frames = _guest.Frames;
        uint before = frames->Available;
        _guest.OfferOne(FreeReporting, Page, (uint)(RamBytes - Page), 2);
        Finish();
        Assert.Equal(before + (uint)((RamBytes - Page) >> 12), frames->Available);
        _guest.Write(Page, 1);
        Assert.Equal(before + (uint)((RamBytes - Page) >> 12) - 1, frames->Available);
    }

    // The instruction that tells the device may hold an address of a page: that is still there when it ends.
    [Theory]
    [InlineData(Inflating)]
    [InlineData(LinuxReporting)]
    [InlineData(FreeReporting)]
    public void NothingGoesDuringAccess(int queue)
    {
        ulong before = Mapped;
        _guest.Write(List, BitConverter.GetBytes((uint)(Page >> 12)));
        _guest.OfferOne(queue, queue == Inflating ? List : Page, queue == Inflating ? 4u : 0x1000, queue == 0 ? 0 : 2);
        for (int i = 0; i < 10; i++)
        {
            _guest.Kick(queue);
        }

        Assert.Equal((0, 0xA5, before), (_guest.Given(queue), First(0xA), Mapped));
        Assert.True(_guest.Board->BoardDue <= _guest.Board->Now);
        _guest.Finish();
        Assert.Equal((1, before - 1), (_guest.Given(queue), Mapped));
    }

    // 4 GiB in each of 16 buffers, and as many numbers as a page holds: the guest runs in between.
    [Fact]
    public void LongListsDoNotHoldTheProcessor()
    {
        for (int i = 0; i < 16; i++)
        {
            _guest.Describe(i, 0, uint.MaxValue, i == 15 ? 2 : 3, i + 1, FreeReporting);
        }

        _guest.Offer(0, FreeReporting);
        _guest.Pass(1);
        Assert.Equal(0, _guest.Given(FreeReporting));
        Assert.True(_guest.Board->BoardDue <= _guest.Board->Now);
        _guest.Begin();
        for (uint i = 0; i < 1024; i++)
        {
            _guest.Write(List + (4 * i), BitConverter.GetBytes(i < 1023 ? uint.MaxValue : (uint)Pages - 1));
        }

        _guest.Write(RamBytes - 0x1000, 0xA5);
        _guest.OfferOne(Inflating, List, 0x1000, 0);
        _guest.Pass(1);
        Assert.Equal((0, 0xA5), (_guest.Given(), First(Pages - 1)));
        Finish();
        Assert.Equal((1, 0), (_guest.Given(), First(Pages - 1)));
    }

    [Theory]
    [InlineData(Inflating, List, 4u, 2)]
    [InlineData(Inflating, List, 6u, 0)]
    [InlineData(Inflating, 0xFFF_F000ul, 4u, 0)]
    [InlineData(LinuxReporting, Page, 0x1000u, 0)]
    [InlineData(FreeReporting, Page, 0x1000u, 0)]
    [InlineData(FreeReporting, ulong.MaxValue - 0xFFF, 0x3000u, 2)]
    [InlineData(Nobody, Page, 0x1000u, 2)]
    public void BadRequestsBreakIt(int queue, ulong at, uint bytes, int flags)
    {
        ulong before = Mapped;
        _guest.OfferOne(queue, at, bytes, flags);
        _guest.Finish();
        Assert.Equal((true, 0), (_guest.IsBroken, _guest.Given(queue)));
        Assert.Equal((0xA5, before), (First(0xA), Mapped));
    }

    // A driver that gives its queues away has none, and a new one begins anew.
    [Fact]
    public void QueuesMayGoThemselves()
    {
        _guest.OfferOne(FreeReporting, 0, (uint)RamBytes, 2);
        Finish();
        _guest.Begin();
        _guest.Write(Page, 0xA5);
        Inflate(0xA);
        Assert.Equal((1, 0, false), (_guest.Given(), First(0xA), _guest.IsBroken));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomDriversGetNoFurther(int seed) => Play(new Random(seed), 3000);

    // Whatever a driver does, every page that is mapped has a frame of its own, and every frame is somewhere.
    internal static void Play(Random random, int steps)
    {
        using VirtioGuest guest = Create();
        guest.Begin();
        for (int i = 0; i < steps && random is not InputRandom { IsOver: true }; i++)
        {
            int queue = random.Next(5);
            switch (random.Next(8))
            {
                case 0: guest.SetCommon((uint)random.Next(0x40), 1 << random.Next(4), (ulong)random.NextInt64()); break;
                case 1: guest.SetOwn((uint)random.Next(0x40), 1 << random.Next(4), (ulong)random.NextInt64()); break;
                case 2: guest.Offer((ushort)random.Next(17), queue); break;
                case 3: guest.Write((ulong)random.Next((int)RamBytes), (byte)random.Next(256)); break;
                case 4: guest.Finish(); break;
                case 5 when guest.IsBroken: guest.Begin(); break;
                default:
                    guest.Describe(
                        random.Next(16), (ulong)random.Next(0x1_1000), (uint)random.Next(0x4000), random.Next(8),
                        random.Next(16), queue);
                    break;
            }

            ulong mapped = GuestMemoryUse.Of(ref *guest.Memory).Pages;
            Assert.Equal(mapped, guest.Frames->UsedBy(FrameOwner.GuestPage));
            Assert.Equal(guest.Memory->Table.Tables, guest.Frames->UsedBy(FrameOwner.SecondLevelTable));
        }

        TableInvariants.Check(
            ref guest.Memory->Table, guest.Frames, FrameOwner.SecondLevelTable, PageLevel.Page4K, "input");
        guest.Begin();
        guest.OfferOne(Deflating, List, 4, 0);
        guest.Finish();
        Assert.Equal(1, guest.Given(Deflating));
    }

    private static VirtioGuest Create() =>
        new(new DeviceOrder { Balloon = Choice.Yes, BalloonPages = 77 }, queues: 5, size: 16);

    private void Inflate(params uint[] pages)
    {
        _guest.Write(List, [.. pages.SelectMany(BitConverter.GetBytes)]);
        _guest.OfferOne(Inflating, List, 4 * (uint)pages.Length, 0);
        Finish();
    }

    private void Finish()
    {
        for (int i = 0; i < 100; i++)
        {
            _guest.Finish();
        }
    }

    private int First(ulong page) => _guest.Read(page << 12, 1)[0];
}
