// Task switches carried out for a guest: what is saved, what is loaded, and the traces that a switch leaves, for each
// of its sources. SDM 3A 8.3 Task Switching, 8.4 Task Linking.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using static MinusOne.Tests.Unit.Core.TaskSwitchGuest;

namespace MinusOne.Tests.Unit.Core;

public sealed class TaskSwitchTests
{
    private const ulong NestedTask = 1 << 14;
    private const ulong Virtual8086 = 1 << 17;

    public static IEnumerable<object[]> All =>
        from source in new uint[] { Call, Iret, Jmp, Gate }
        from is32 in new[] { true, false }
        from was32 in new[] { true, false }
        select new object[] { source, is32, was32 };

    [Theory]
    [MemberData(nameof(All))]
    public void TheOldTaskIsSaved(uint source, bool is32, bool was32)
    {
        using var tasks = new TaskSwitchGuest(is32, was32);
        tasks.Guest[VmcsNatural.GuestRflags] = 0x4087;
        tasks.Guest[VmcsNatural.GuestRsp] = 0x5555_9004;
        for (int i = 0; i < 8; i++)
        {
            tasks.Guest.Registers[i] = 0x1111_0000u + (uint)i;
        }

        Vmcs.Write(Vmcs16.GuestEsSelector, 0x1230);
        Vmcs.Write(Vmcs16.GuestGsSelector, 0x1238);
        tasks.Switch(source);
        uint ip = 0x8000 + (source == Gate ? 0u : 5), flags = source == Iret ? 0x87u : 0x4087;
        uint[] expected =
        [
            ip, flags, 0x1111_0000, 0x1111_0001, 0x1111_0002, 0x1111_0003, 0x5555_9004, 0x1111_0005, 0x1111_0006,
            0x1111_0007, 0x1230, 8, 0x10, 0x10, 0x10, 0x1238,
        ];
        Assert.Equal(
            expected.Take(was32 ? 16 : 14).Select(value => was32 ? value : (ushort)value),
            Enumerable.Range(0, was32 ? 16 : 14).Select(i =>
                was32 ? tasks.Double(Old + 0x20 + (4 * (ulong)i)) : tasks.Word(Old + 0xE + (2 * (ulong)i))));

        // The LDT's selector is never written, nor what is in front of EIP.
        Assert.Equal(new byte[14], tasks.Guest.Read(Old, 14));
        Assert.Equal(new byte[8], tasks.Guest.Read(Old + (was32 ? 0x60u : 0x2A), 8));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void TheNewTaskIsLoaded(uint source, bool is32, bool was32)
    {
        using var tasks = new TaskSwitchGuest(is32, was32);
        tasks.Select(GuestSegment.Es, 0);
        tasks.Select(GuestSegment.Ds, 0xC);
        tasks.SelectTable(Table);
        tasks.Describe(0xC, 0x1200_9234_5678_4321);
        tasks.Guest[VmcsNatural.GuestDr7] = 0x7FF;
        Vmcs.Write(Vmcs32.GuestInterruptibilityState, InterruptibilityState.MovSs);
        tasks.Switch(source);
        Assert.Equal(NewIp + 1, tasks.Guest[VmcsNatural.GuestRip]);
        Assert.Equal(0x9000ul, tasks.Guest[VmcsNatural.GuestRsp]);
        Assert.Equal((1ul, 2ul, 3ul, 4ul), (tasks.Guest.Registers.Rax, tasks.Guest.Registers.Rcx,
            tasks.Guest.Registers.Rdx, tasks.Guest.Registers.Rbx));
        Assert.Equal((6ul, 7ul, 8ul),
            (tasks.Guest.Registers.Rbp, tasks.Guest.Registers.Rsi, tasks.Guest.Registers.Rdi));
        Assert.Equal(0x46ul, tasks.Guest[VmcsNatural.GuestRflags] & ~NestedTask);
        Assert.Equal((0x1_0000u, 0x93u, 0xC09Bu), (Rights(GuestSegment.Es) & 0x1_0000, Rights(GuestSegment.Ds),
            Rights(GuestSegment.Cs)));
        Assert.Equal((0x1234_5678ul, 0x4321u), (tasks.Guest[VmcsNatural.GuestDsBase], Vmcs.Read(Vmcs32.GuestDsLimit)));
        Assert.Equal(0x93, tasks.Guest.Read(Ldt + 8 + 5, 1)[0]);
        Assert.Equal((Table, Ldt, 0x1Fu, 0x82u), (Vmcs.Read(Vmcs16.GuestLdtrSelector),
            tasks.Guest[VmcsNatural.GuestLdtrBase], Vmcs.Read(Vmcs32.GuestLdtrLimit), Rights(GuestSegment.Ldtr)));
        Assert.Equal((NewTask, New, is32 ? 0x67u : 0x2B, is32 ? 0x8Bu : 0x83), (Vmcs.Read(Vmcs16.GuestTrSelector),
            tasks.Guest[VmcsNatural.GuestTrBase], Vmcs.Read(Vmcs32.GuestTrLimit), Rights(GuestSegment.Tr)));
        Assert.Equal(is32 ? 0xC093u : 0x1_0000, Rights(GuestSegment.Gs) & (is32 ? 0xFFFFu : 0x1_0000));
        Assert.Equal(is32 ? 0x10 : 0, Vmcs.Read(Vmcs16.GuestGsSelector));
        Assert.Equal(8ul, tasks.Guest[VmcsNatural.GuestCr0] & 8);
        Assert.Equal(0x6AAul, tasks.Guest[VmcsNatural.GuestDr7]);
        Assert.Equal(0u, Vmcs.Read(Vmcs32.GuestInterruptibilityState));
        Assert.Empty(tasks.Guest.Script.Events);
    }

    // Table: Effect of a Task Switch on Busy Flag, NT Flag, Previous Task Link Field, and TS Flag.
    [Theory]
    [InlineData(Call, true, true, true)]
    [InlineData(Gate, true, true, true)]
    [InlineData(Jmp, false, true, false)]
    [InlineData(Iret, false, false, false)]
    public void ASwitchIsLinkedAsTheManualSays(uint source, bool leavesBusy, bool becomesBusy, bool nests)
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Switch(source);
        Assert.Equal(leavesBusy ? 0x8B : 0x89, tasks.TypeOf(OldTask));
        Assert.Equal(becomesBusy ? 0x8B : 0x89, tasks.TypeOf(NewTask));
        Assert.Equal(nests ? OldTask : 0, tasks.Word(New));
        Assert.Equal(nests ? NestedTask : 0, tasks.Guest[VmcsNatural.GuestRflags] & NestedTask);
        Assert.Equal(0, tasks.Word(Old));
    }

    // Only defined flags can be set, and NT comes from the TSS too.
    [Fact]
    public void FlagsAreWhatTheyCanBe()
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Put(1, 0xFFC0_402A);
        tasks.Switch(Jmp);
        Assert.Equal(0x4002ul, tasks.Guest[VmcsNatural.GuestRflags]);
    }

    // An event counts as delivered, and an instruction's is behind its instruction.
    [Theory]
    [InlineData(Interrupt, 0u)]
    [InlineData(Nmi, 0u)]
    [InlineData(SoftwareInterrupt, 5u)]
    public void AnEventThroughAGateIsDeliveredOnce(uint cause, uint moved)
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Put(1, 0x202);
        tasks.Guest.Script.Then(script => script.Exit(new(ExitReason.TaskSwitch)
        {
            Qualification = Gate | NewTask,
            IdtVectoring = cause,
            InstructionLength = moved == 0 ? null : moved,
        }));
        tasks.Guest.Script.Then(script => script.Rflags &= ~(ulong)Rflags.InterruptEnable);
        tasks.Guest.Run(Tests.Model.Exits.Cpuid());
        Assert.Empty(tasks.Guest.Script.Events);
        Assert.Equal(0x8000 + moved, tasks.Double(Old + 0x20));
        Assert.Equal(cause == Nmi, GuestState.Blocking.BlockingByNmi);
    }

    [Theory]
    [InlineData(Iret, false)]
    [InlineData(Jmp, true)]
    public void IretOpensNmis(uint source, bool isBlocked)
    {
        using var tasks = new TaskSwitchGuest();
        Vmcs.Write(Vmcs32.GuestInterruptibilityState, InterruptibilityState.Nmi);
        tasks.Switch(source);
        Assert.Equal(isBlocked, GuestState.Blocking.BlockingByNmi);
    }

    // As wide as the TSS, where the stack segment says.
    [Theory]
    [InlineData(true, 0x00CF_9300_0000_FFFF, 0x3_0002u, 0x2_FFFEu, 0x2_FFFEul, 0xFACE_1234u)]
    [InlineData(true, 0x008F_9300_0000_FFFF, 0x3_0002u, 0x3_FFFEu, 0xFFFEul, 0xFACE_1234u)]
    [InlineData(false, 0x00CF_9300_0000_FFFF, 0x9000u, 0x8FFEu, 0x8FFEul, 0x1234u)]
    public void AnErrorCodeIsPushed(bool is32, ulong stack, uint before, uint after, ulong address, uint pushed)
    {
        using var tasks = new TaskSwitchGuest(is32);
        tasks.Describe(0x40, stack);
        tasks.Select(GuestSegment.Ss, 0x40);
        tasks.Put(6, before);
        tasks.Switch(Gate, GeneralProtection, 0xFACE_1234);
        Assert.Equal(after, tasks.Guest[VmcsNatural.GuestRsp]);
        Assert.Equal(pushed, tasks.Double(address));
    }

    [Fact]
    public void Cr3IsLoadedWithPaging()
    {
        using var tasks = new TaskSwitchGuest(isPaged: true);
        tasks.MapAll(0x3000, 0x4000);
        tasks.Guest.Write(New + 0x1C, BitConverter.GetBytes(0x3000u));

        // The descriptor of the new task's code is another page's in the new tables.
        tasks.Guest.Write(0x1_4008, 0x00CF_9B00_0000_EEEE);
        tasks.Guest.Write(0x1_4010, 0x00CF_9300_0000_FFFF);
        tasks.Guest.Write(0x4000 + (4 * 0x10), BitConverter.GetBytes(0x1_4007u));
        tasks.Switch(Jmp);
        Assert.Equal(0x3000ul, tasks.Guest[VmcsNatural.GuestCr3]);
        Assert.Equal(0xFEEE_EFFFu, Vmcs.Read(Vmcs32.GuestCsLimit));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cr3StaysWithoutPagingOrWith16Bits(bool is32)
    {
        using var tasks = new TaskSwitchGuest(is32, isPaged: !is32);
        tasks.Guest.Write(New + 0x1C, BitConverter.GetBytes(is32 ? 0x3000u : 0x9000_0004));
        tasks.Switch(Call);
        Assert.Equal(0x1000ul, tasks.Guest[VmcsNatural.GuestCr3]);
    }

    // The four entries are loaded with CR3, and a bad one is #GP(0) in the new task.
    [Theory]
    [InlineData(0x7001ul, null)]
    [InlineData(0x7003ul, 13u)]
    public void PaeTablesAreLoadedWithCr3(ulong entry, uint? vector)
    {
        using var tasks = new TaskSwitchGuest(isPaged: true);
        tasks.Guest[VmcsNatural.GuestCr4] = 0x2020;
        Vmcs.Write(Vmcs64.GuestPdpte0, 0x6001);
        tasks.Guest.Write(0x6000, 0x83ul);
        tasks.Guest.Write(0x7000, 0x83ul);
        tasks.Guest.Write(0x5000, entry);
        tasks.Guest.Write(New + 0x1C, BitConverter.GetBytes(0x5000u));
        tasks.Switch(Jmp);
        Assert.Equal(vector == null ? (0x5000ul, 0x7001ul) : (0x1000ul, 0x6001ul),
            (tasks.Guest[VmcsNatural.GuestCr3], Vmcs.Read(Vmcs64.GuestPdpte0)));
        Assert.Equal(vector is uint one ? [one] : [], tasks.Guest.Script.Events.Select(got => (uint)got.Vector));
    }

    [Fact]
    public void AVirtual8086TaskHasItsOwnSegments()
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Put(1, 0x2_0002);
        tasks.Select(GuestSegment.Cs, 0x123);
        tasks.Select(GuestSegment.Gs, 0xFFFF);
        tasks.SelectTable(Table);
        tasks.Switch(Iret);
        Assert.Equal(Virtual8086, tasks.Guest[VmcsNatural.GuestRflags] & Virtual8086);
        Assert.Equal((0x1230ul, 0xFFFFu, 0xF3u),
            (tasks.Guest[VmcsNatural.GuestCsBase], Vmcs.Read(Vmcs32.GuestCsLimit), Rights(GuestSegment.Cs)));
        Assert.Equal((0xF_FFF0ul, 0xF3u), (tasks.Guest[VmcsNatural.GuestGsBase], Rights(GuestSegment.Ss)));
        Assert.Equal(Table, Vmcs.Read(Vmcs16.GuestLdtrSelector));
        Assert.Empty(tasks.Guest.Script.Events);
    }

    // T: #DB before the first instruction, with BT in DR6.
    [Fact]
    public void ATaskCanBeTrapped()
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Guest.Write(New + 0x64, 1);
        tasks.Guest[VmcsNatural.GuestDr7] = 0x2400;
        tasks.Switch(Call);
        tasks.Got(1, null);
        Assert.Equal(0x8000ul, Cpu.ReadDebugRegister(6) & 0xE00F);
        Assert.Equal(0x400ul, tasks.Guest[VmcsNatural.GuestDr7]);
    }

    private static uint Rights(GuestSegment segment) => Vmcs.Read(GuestSegmentFields.AccessRights(segment));
}
