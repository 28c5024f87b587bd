// Callers of a place, out of what a guest has on its stack: frames that are none, loops and memory that is not there
// end a chain.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Traces;

public sealed unsafe class CallChainTests
{
    private const ulong Stack = 0xA000;
    private static readonly byte[] s_directCall = [0xE8, 0, 0, 0, 0];

    [Fact]
    public void FramesAreFollowed()
    {
        using DeviceGuest guest = Guest();
        Frame(guest, Stack + 0x10, Stack + 0x40, Behind(guest, 0x8100, s_directCall));
        Frame(guest, Stack + 0x40, Stack + 0x80, Behind(guest, 0x8200, 0xFF, 0xD0));
        Frame(guest, Stack + 0x80, 0, Behind(guest, 0x8300, 0x41, 0xFF, 0x54, 0x24, 0x08));
        guest.Registers.Rbp = Stack + 0x10;
        Assert.Equal([DeviceGuest.Rip, 0x8105, 0x8202, 0x8305], Chain(guest));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0x12 }, true)]
    [InlineData(new byte[] { 0xFF, 0x14, 0x08 }, true)]
    [InlineData(new byte[] { 0xFF, 0x50, 0x10 }, true)]
    [InlineData(new byte[] { 0xFF, 0x15, 0, 0, 0, 0 }, true)]
    [InlineData(new byte[] { 0xFF, 0x90, 0, 1, 0, 0 }, true)]
    [InlineData(new byte[] { 0xFF, 0x14, 0x25, 0, 0x90, 0, 0 }, true)]
    [InlineData(new byte[] { 0xFF, 0x94, 0x24, 0, 1, 0, 0 }, true)]
    [InlineData(new byte[] { 0xFF, 0xE0 }, false)]
    [InlineData(new byte[] { 0xFF, 0x15 }, false)]
    [InlineData(new byte[] { 0xE9, 0, 0, 0, 0 }, false)]
    [InlineData(new byte[] { 0x90, 0x90 }, false)]
    public void OnlyWhatStandsBehindACallIsReturnedTo(byte[] code, bool isCall)
    {
        using DeviceGuest guest = Guest();
        ulong back = Behind(guest, 0x8100, code);
        Frame(guest, Stack + 0x10, 0, back);
        guest.Registers.Rbp = Stack + 0x10;
        Assert.Equal(isCall ? [DeviceGuest.Rip, back] : [DeviceGuest.Rip], Chain(guest));
    }

    // Each leads upwards: below the stack pointer, and to itself, is not.
    [Theory]
    [InlineData(Stack - 0x10, Stack + 0x40)]
    [InlineData(Stack + 0x11, Stack + 0x40)]
    [InlineData(0x8000_0000_0000_0000, 0)]
    [InlineData(0xFFFF_FFFF_FFFF_FFF8, 0)]
    [InlineData(0x7FFF_0000, 0)]
    public void AFrameThatIsNoneIsNoCaller(ulong frame, ulong next)
    {
        using DeviceGuest guest = Guest();
        if (frame < 0x1_0000)
        {
            Frame(guest, frame, next, Behind(guest, 0x8100, 0xFF, 0xD0));
        }

        guest.Registers.Rbp = frame;
        Assert.Equal([DeviceGuest.Rip], Chain(guest));
    }

    [Fact]
    public void ACircleEnds()
    {
        using DeviceGuest guest = Guest();
        ulong back = Behind(guest, 0x8100, 0xFF, 0xD0);
        Frame(guest, Stack + 0x20, Stack + 0x40, back);
        Frame(guest, Stack + 0x40, Stack + 0x20, back);
        guest.Registers.Rbp = Stack + 0x20;
        Assert.Equal([DeviceGuest.Rip, back, back], Chain(guest));
    }

    [Fact]
    public void AChainIsNoLongerThanThereIsRoom()
    {
        using DeviceGuest guest = Guest();
        ulong back = Behind(guest, 0x8100, 0xFF, 0xD0);
        for (ulong frame = Stack; frame < Stack + 0x1000; frame += 16)
        {
            Frame(guest, frame, frame + 16, back);
        }

        guest.Registers.Rbp = Stack;
        Assert.Equal(TraceFormat.MostFrames, Chain(guest).Length);
    }

    // Without frame pointers: the words that return behind a direct call of the function in which the place inside is.
    [Fact]
    public void AStackIsSearched()
    {
        using DeviceGuest guest = Guest();
        guest.Registers.Rbp = 5;
        ulong caller = Behind(guest, 0x8900, Call(0x8905, DeviceGuest.Rip - 0x10));
        ulong other = Behind(guest, 0x8C00, Call(0x8C05, 0x9C00));
        ulong outer = Behind(guest, 0x8B00, Call(0x8B05, 0x88F0));
        guest.Write(Stack + 0x08, other);
        guest.Write(Stack + 0x10, 0x8000_0000_0000_1234);
        guest.Write(Stack + 0x18, caller);
        guest.Write(Stack + 0x28, outer);
        guest.Write(Stack + 0x30, caller);
        Assert.Equal([DeviceGuest.Rip, caller, outer], Chain(guest));
    }

    [Fact]
    public void ThirtyTwoBitsHaveFramesOfTheirOwn()
    {
        using DeviceGuest guest = Guest("protected");
        ulong back = Behind(guest, 0x8100, s_directCall);
        guest.Write(Stack + 0x10, (back << 32) | 0);
        guest.Registers.Rbp = 0xFFFF_FFFF_0000_0000 | (Stack + 0x10);
        Assert.Equal([DeviceGuest.Rip, back], Chain(guest));
    }

    // A place, always, and not a page more than there was.
    [Fact]
    public void NothingAGuestHasMadeUpMatters()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            using DeviceGuest guest = Guest(seed % 3 == 0 ? "protected" : seed % 3 == 1 ? "long" : "real");
            byte[] rubbish = new byte[0x8000];
            for (int i = 0; i < rubbish.Length; i++)
            {
                rubbish[i] = random.Next(3) == 0 ? (byte)0xE8 : (byte)random.Next(256);
            }

            guest.Write(0x8000, rubbish);
            guest.Registers.Rbp = (ulong)random.NextInt64() >> random.Next(64);
            guest[VmcsNatural.GuestRsp] = (ulong)random.NextInt64() >> random.Next(64);
            GuestMemoryUse before = GuestMemoryUse.Of(ref guest.Vm->Memory);
            Assert.InRange(Chain(guest).Length, 1, TraceFormat.MostFrames);
            Assert.Equal(before.Pages, GuestMemoryUse.Of(ref guest.Vm->Memory).Pages);
        }
    }

    private static DeviceGuest Guest(string mode = "long")
    {
        DeviceGuest guest = DeviceGuest.Of(mode);
        guest.Vm->Processor->Loaded = guest.Vcpu;
        guest[VmcsNatural.GuestRsp] = Stack;
        return guest;
    }

    private static ulong[] Chain(DeviceGuest guest)
    {
        Span<ulong> chain = stackalloc ulong[TraceFormat.MostFrames];
        return chain[..CallChain.Read(guest.Vm, guest.Vcpu, chain)].ToArray();
    }

    private static byte[] Call(ulong end, ulong target) => [0xE8, .. BitConverter.GetBytes((int)(target - end))];

    private static ulong Behind(DeviceGuest guest, ulong address, params byte[] code)
    {
        guest.Write(address, code);
        return address + (ulong)code.Length;
    }

    private static void Frame(DeviceGuest guest, ulong address, ulong next, ulong back)
    {
        guest.Write(address, next);
        guest.Write(address + 8, back);
    }
}
