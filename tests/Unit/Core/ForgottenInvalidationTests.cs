// The processor remembers translations until it is told to forget them, as hardware does and emulators do not: a run
// loop that forgets INVEPT, and a set-up that forgets INVVPID, are seen here, because the guest gets the old frame.

using MinusOne.Hv;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;
using MinusOne.Tests.Unit.SoftCpu;
using MinusOne.Tests.Unit.SoftCpuTests;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class ForgottenInvalidationTests
{
    private const ulong Page = 0x5000;

    // A page is taken from the guest and replaced. The run loop's InvalidateIfDue is the difference.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AForgottenInveptIsSeen(bool forgotten)
    {
        var machine = new GuestFixture();
        FramePool* pool = Pool(machine, 20);
        Ept ept = default;
        Assert.True(ept.Initialize(pool, new EptVpidCapabilities(Cpu.ReadMsr((uint)Msr.VmxEptVpidCap))));
        Hpa before = Frame(machine, 0x11), after = Frame(machine, 0x22);
        var all = new PageAttributes(PageRights.All, MemoryType.WriteBack);
        Assert.Equal(TableStatus.Done, ept.Map(new Gpa(Page), 0x1000, before, all));
        Vmcs.Write(Vmcs64.EptPointer, ept.Pointer.Raw);
        byte first = 0, second = 0;
        machine.Guest.Then(guest =>
        {
            first = guest.Read8(new Gpa(Page));
            guest.Vmcall();
            second = guest.Read8(new Gpa(Page));
            guest.Vmcall();
        });
        Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();

        Assert.Equal(TableStatus.Done, ept.Unmap(new Gpa(Page), 0x1000));
        Assert.Equal(TableStatus.Done, ept.Map(new Gpa(Page), 0x1000, after, all));
        Assert.True(ept.NeedsInvalidation);
        if (!forgotten)
        {
            Assert.Equal(VmxResult.Succeed, ept.InvalidateIfDue());
        }

        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((0x11, forgotten ? 0x11 : 0x22), (first, second));
    }

    // A guest is run after another whose tables lay in the same frames, under the same pointer and VPID: it must not
    // see the first one's pages.
    [Fact]
    public void TheNextGuestSeesNothingOfTheLast()
    {
        using var machine = new CoreMachine(frames: 16);
        machine.Guest.Then(guest =>
        {
            guest.Write8(new Gpa(0x7000), 0x77);
            guest.Exit(SoftCpu.Exits.Hlt());
            Assert.Equal(0, guest.Read8(new Gpa(0x7000)));
            guest.Exit(SoftCpu.Exits.Hlt());
        });
        Assert.Equal(0u, machine.Run("one two", machine.Programs("one", "two")));
        machine.Guest.AssertFinished();
    }

    private static FramePool* Pool(GuestFixture machine, int frames)
    {
        Hpa start = machine.Memory.Allocate(frames);
        var pool = (FramePool*)machine.Memory.AllocateZeroed(1).Pointer;
        Assert.True(pool->Initialize([new(start, start + ((ulong)frames << 12), PhysicalKind.Hypervisor)]));
        return pool;
    }

    private static Hpa Frame(GuestFixture machine, byte content)
    {
        Hpa frame = machine.Memory.Allocate(1);
        machine.Memory.Bytes(frame, 4096).Fill(content);
        return frame;
    }
}
