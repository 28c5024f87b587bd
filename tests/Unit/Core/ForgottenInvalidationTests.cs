// The processor remembers translations until it is told to forget them, as hardware does and emulators do not: a run
// loop that forgets INVEPT, and a set-up that forgets INVVPID, are seen here, because the guest gets the old frame.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class ForgottenInvalidationTests
{
    private const ulong Page = 0x5000;

    // A page is taken from the guest and replaced. With INVEPT it sees the new one; without, hardware would go on with
    // the old one, and the strict model refuses the entry.
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void AForgottenInveptIsSeen(bool seesOld, bool isRefused)
    {
        var machine = new GuestFixture();
        FramePool* pool = Pool(machine, 20);
        machine.Processor.AllowsStaleEpt = seesOld;
        PageTable table = default;
        var capabilities = new EptVpidCapabilities(Cpu.ReadMsr((uint)Msr.VmxEptVpidCap));
        Assert.True(table.Initialize(pool, FrameOwner.SecondLevelTable, PageFormat.Ept, PageLevel.Page4K));
        var pointer = EptPointer.To(table.Root, capabilities);
        Hpa before = Frame(machine, 0x11), after = Frame(machine, 0x22);
        var all = new PageAttributes(PageRights.All, MemoryType.WriteBack);
        Assert.Equal(TableStatus.Done, table.Map(Page, 0x1000, before, all));
        Vmcs.Write(Vmcs64.EptPointer, pointer.Raw);
        byte first = 0, second = 0;
        machine.Guest.Then(guest =>
        {
            first = guest.Read8(new Gpa(Page));
            guest.Vmcall();
            second = guest.Read8(new Gpa(Page));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        machine.Advance();

        Assert.Equal(TableStatus.Done, table.Unmap(Page, 0x1000));
        Assert.Equal(TableStatus.Done, table.Map(Page, 0x1000, after, all));
        Assert.True(table.IsStale);
        if (isRefused)
        {
            Assert.Throws<SoftCpuException>(() => machine.TryEnter());
            return;
        }

        if (!seesOld)
        {
            Assert.Equal(VmxResult.Succeed, pointer.Invalidate(capabilities));
        }

        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((0x11, seesOld ? 0x11 : 0x22), (first, second));
    }

    // Memory that becomes a large leaf while the guest fills it: the tables change under what the processor remembers,
    // and the entry that would go on with it is refused.
    [Fact]
    public void ALargeLeafIsToldToTheProcessor()
    {
        const ulong Leaf = 0x20_0000;
        const uint Pages = 512;
        using var machine = new CoreMachine();
        ulong memory = machine.Processor.Memory.Allocate(2 * (int)Pages).Value;
        ulong start = (memory + Leaf - 1) & ~(Leaf - 1);
        Assert.True(machine.Machine->Memory.TrySet(new(start), new(start + Leaf), PhysicalKind.Usable));
        machine.Config->Flags |= VmFeatures.LargePages;
        machine.Config->MemoryStart = machine.Config->LoadAddress = start;
        machine.Config->MemoryBytes = start + Leaf;
        machine.Guest.Then(guest =>
        {
            for (ulong page = 0; page < Pages; page++)
            {
                guest.Write64(new Gpa(start + (page << 12)), page);
            }

            for (ulong page = 0; page < Pages; page++)
            {
                Assert.Equal(page, guest.Read64(new Gpa(start + (page << 12))));
            }

            guest.Hlt();
        });
        machine.Expect((ExitReason.EptViolation, 19, 19), (ExitReason.Hlt, 1, 1));
        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("  leaves 0 of 4 KiB, 1 of 2 MiB, 0 of 1 GiB\n", machine.Log);
        machine.Guest.AssertFinished();
    }

    // A guest is run after another whose tables lay in the same frames, under the same pointer and VPID: it must not
    // see the first one's pages.
    [Fact]
    public void TheNextGuestSeesNothingOfTheLast()
    {
        using var machine = new CoreMachine(frames: 17);
        machine.Guest.Then(guest =>
        {
            guest.Write8(new Gpa(0x7000), 0x77);
            guest.Exit(Exits.Hlt());
            Assert.Equal(0, guest.Read8(new Gpa(0x7000)));
            guest.Exit(Exits.Hlt());
        });
        Assert.Equal(0u, machine.Run("one two", machine.Programs("one", "two")));
        machine.Guest.AssertFinished();
    }

    // A guest changes its page tables and says so by an instruction that its configuration intercepts. The processor
    // did not see that instruction: what it remembers has to be forgotten in its place.
    [Theory]
    [InlineData("nothing", 0x61)]
    [InlineData("CR3", 0x72)]
    [InlineData("CR4", 0x72)]
    [InlineData("CR0", 0x72)]
    [InlineData("INVLPG", 0x72)]
    [InlineData("INVPCID", 0x72)]
    public void WhatAGuestForgetsIsForgotten(string how, byte seen)
    {
        const ulong entry = 0x3000 + (4 * 5);
        using var machine = new CoreMachine();
        machine.Config->Start.Mode = StartMode.Protected;
        machine.Config->Controls.PrimarySet =
            (uint)(PrimaryControls.Cr3LoadExiting | PrimaryControls.InvlpgExiting);
        machine.Config->Controls.Cr0Mask = (ulong)Cr0.Paging;
        machine.Config->Controls.Cr4Mask = (ulong)Cr4.PageGlobalEnable;
        machine.Guest.Then(guest =>
        {
            guest.Write8(new Gpa(0x6000), 0x61);
            guest.Write8(new Gpa(0x7000), 0x72);
            guest.Write32(new Gpa(0x2000), 0x3003);
            guest.Write32(new Gpa(entry), 0x6003);
            guest.MovToCr3(0x2000);
            guest.MovToCr0(guest.MovFromCr0() | (ulong)Cr0.Paging);
            Assert.Equal(0x61, guest.Read8(new Gva(Page)));
            guest.Write32(new Gpa(entry), 0x7003);
            Forget(guest, how);
            Assert.Equal(seen, guest.Read8(new Gva(Page)));
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        machine.Guest.AssertFinished();
    }

    private static void Forget(ScriptedGuest guest, string how)
    {
        switch (how)
        {
            case "CR3":
                guest.MovToCr3(0x2000);
                break;
            case "CR4":
                guest.MovToCr4(guest.MovFromCr4() ^ (ulong)Cr4.PageGlobalEnable);
                break;
            case "CR0":
                guest.MovToCr0(guest.MovFromCr0() & ~(ulong)Cr0.Paging);
                guest.MovToCr0(guest.MovFromCr0() | (ulong)Cr0.Paging);
                break;
            case "INVLPG":
                guest.Invlpg(new Gva(Page));
                break;
            case "INVPCID":
                guest.Registers.Rcx = 2;
                guest.Instruction(
                    Exits.Instruction(ExitReason.Invpcid, 5) with { InstructionInformation = 1u << 28 },
                    PrimaryControls.InvlpgExiting);
                break;
        }
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
