// What a task switch can meet: each check of the manual's table with its vector and error code, in the old task or in
// the new one. SDM 3A 8.3 Task Switching, table Exception Conditions Checked During a Task Switch.

using System;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using static MinusOne.Tests.Unit.Core.TaskSwitchGuest;

namespace MinusOne.Tests.Unit.Core;

public sealed class TaskSwitchFaultTests
{
    private const ulong Code = 0x00CF_9B00_0000_FFFF, Data = 0x00CF_9300_0000_FFFF;
    private const ulong Code3 = 0x00CF_FB00_0000_FFFF, Data3 = 0x00CF_F300_0000_FFFF;
    private const ulong Conforming = 0x00CF_9F00_0000_FFFF, Unreadable = 0x00CF_9900_0000_FFFF;
    private const int Es = 0, Cs = 1, Ss = 2, Ds = 3, Fs = 4, Gs = 5, Ldtr = 6;
    private const ulong Absent = 0x8000_0000_0000;

    [Theory]
    [InlineData("an LDT in an LDT", Ldtr, 0x44, 0x0000_8200_0000_FFFF, 10)]
    [InlineData("an LDT behind the table", Ldtr, 0x80, 0x0000_8200_0000_FFFF, 10)]
    [InlineData("code for an LDT", Ldtr, 0x40, Code, 10)]
    [InlineData("a task for an LDT", Ldtr, 0x40, 0x0000_8900_0000_FFFF, 10)]
    [InlineData("an LDT that is not present", Ldtr, 0x40, 0x0000_0200_0000_FFFF, 10)]
    [InlineData("CS null", Cs, 0, 0ul, 10)]
    [InlineData("CS behind the table", Cs, 0x80, Code, 10)]
    [InlineData("CS without an LDT", Cs, 0x44, Code, 10)]
    [InlineData("CS data", Cs, 0x40, Data, 10)]
    [InlineData("CS of the system", Cs, 0x40, 0x0000_8A00_0000_FFFF, 10)]
    [InlineData("CS of another level", Cs, 0x43, Code, 10)]
    [InlineData("CS for users", Cs, 0x40, Code3, 10)]
    [InlineData("CS conforming, of lower privilege", Cs, 0x40, Conforming | (3ul << 45), 10)]
    [InlineData("CS not present", Cs, 0x40, Code & ~Absent, 11)]
    [InlineData("SS null", Ss, 0, 0ul, 10)]
    [InlineData("SS code", Ss, 0x40, Code, 10)]
    [InlineData("SS read-only", Ss, 0x40, Data & ~(1ul << 41), 10)]
    [InlineData("SS for users", Ss, 0x40, Data3, 10)]
    [InlineData("SS of another RPL", Ss, 0x43, Data, 10)]
    [InlineData("SS of another level", Ss, 0x43, Data3, 10)]
    [InlineData("SS not present", Ss, 0x40, Data & ~Absent, 12)]
    [InlineData("ES behind the table", Es, 0x80, Data, 10)]
    [InlineData("DS of the system", Ds, 0x40, 0x0000_8200_0000_FFFF, 10)]
    [InlineData("FS not readable", Fs, 0x40, Unreadable, 10)]
    [InlineData("GS below its RPL", Gs, 0x43, Data, 10)]
    [InlineData("GS not present", Gs, 0x40, Data & ~Absent, 11)]
    public void ASegmentIsRefused(string what, int place, ushort selector, ulong descriptor, byte vector)
    {
        Assert.NotEmpty(what);
        var segment = (GuestSegment)place;
        foreach (uint? cause in (uint?[])[null, Interrupt, SoftwareInterrupt])
        {
            using var tasks = new TaskSwitchGuest();
            tasks.Describe((ushort)(selector & ~4), descriptor);
            tasks.Select(segment, selector);
            tasks.Switch(cause == null ? Jmp : Gate, cause);
            tasks.Got(vector, (selector & 0xFFFCu) | (cause == Interrupt ? 1u : 0));
            Assert.Equal(selector, Vmcs.Read(GuestSegmentFields.Selector(segment)));
        }
    }

    // Data below CPL; and what may be used there all the same.
    [Theory]
    [InlineData(0x10, null, Data)]
    [InlineData(0x40, 10, Data)]
    [InlineData(0x40, 10, Code)]
    [InlineData(0x40, null, Conforming)]
    [InlineData(0x43, null, Data3)]
    public void AUsersTaskHasUsersSegments(ushort selector, int? vector, ulong descriptor)
    {
        using var tasks = new TaskSwitchGuest();
        foreach (GuestSegment segment in (GuestSegment[])[GuestSegment.Es, GuestSegment.Fs, GuestSegment.Gs])
        {
            tasks.Select(segment, 0);
        }

        tasks.Describe(0x40, descriptor);
        tasks.Select(GuestSegment.Cs, 0x33);
        tasks.Select(GuestSegment.Ss, 0x3B);
        tasks.Select(GuestSegment.Ds, selector == 0x10 ? (ushort)0x3B : selector);
        tasks.Switch(Call);
        Assert.Equal(vector == null ? 0 : 1, tasks.Guest.Script.Events.Count);
        Assert.Equal((0xC0FBu, 0xC0F3u), (Rights(GuestSegment.Cs), Rights(GuestSegment.Ss)));
        if (vector != null)
        {
            tasks.Got(10, 0x40);
        }
    }

    [Fact]
    public void ConformingCodeRunsAtItsCallersLevel()
    {
        using var tasks = new TaskSwitchGuest();
        foreach (GuestSegment segment in (GuestSegment[])[GuestSegment.Es, GuestSegment.Ds, GuestSegment.Fs])
        {
            tasks.Select(segment, 0x3B);
        }

        tasks.Describe(0x40, Conforming);
        tasks.Select(GuestSegment.Cs, 0x43);
        tasks.Select(GuestSegment.Ss, 0x3B);
        tasks.Select(GuestSegment.Gs, 0);
        tasks.Switch(Call);
        Assert.Empty(tasks.Guest.Script.Events);
        Assert.Equal((0xC09Fu, 3u), (Rights(GuestSegment.Cs), GuestMode.Cpl));
    }

    // Nothing has been changed where memory is missing before the switch is committed to.
    [Theory]
    [InlineData(Call, Old, 0u, 2u, Old + 0x20)]
    [InlineData(Call, New, 0u, 0u, New + 0x1C)]
    [InlineData(Gate, New, 5u, 2u, New)]
    [InlineData(Jmp, Gdt, 5u, 3u, Gdt + OldTask + 5)]
    public void APageFaultComesInTheOldTask(uint source, ulong page, uint entry, uint errorCode, ulong address)
    {
        using var tasks = new TaskSwitchGuest(isPaged: true);
        tasks.Guest[VmcsNatural.GuestRflags] = 2;
        tasks.Guest.Write(0x2000 + (4 * (page >> 12)), BitConverter.GetBytes(entry == 0 ? 0 : (uint)page | entry));
        byte[] before = tasks.Guest.Read(Gdt, 0x3000);
        tasks.Switch(source, source == Gate ? SoftwareInterrupt : null);
        tasks.Got(14, errorCode | (entry == 0 ? 0u : 1), isNew: false);
        Assert.Equal(address, Cpu.ReadCr2());
        Assert.Equal(before, tasks.Guest.Read(Gdt, 0x3000));
        Assert.Equal(0x8001_0031, tasks.Guest[VmcsNatural.GuestCr0]);
    }

    // An LDT that is not mapped: found out in the new task.
    [Fact]
    public void APageFaultOfADescriptorComesInTheNewTask()
    {
        using var tasks = new TaskSwitchGuest(isPaged: true);
        tasks.SelectTable(Table);
        tasks.Select(GuestSegment.Ds, 0xC);
        tasks.Unmap(Ldt);
        tasks.Switch(Iret);
        tasks.Got(14, 0);
        Assert.Equal(Ldt + 8, Cpu.ReadCr2());
    }

    // A descriptor that is not accessed has to be written.
    [Fact]
    public void APageFaultOfAnAccessedBitComesInTheNewTask()
    {
        using var tasks = new TaskSwitchGuest(isPaged: true);
        tasks.SelectTable(Table);
        tasks.Select(GuestSegment.Ds, 0xC);
        tasks.Describe(0xC, Data & ~(1ul << 40));
        tasks.Guest.Write(0x2000 + (4 * (Ldt >> 12)), BitConverter.GetBytes((uint)Ldt | 1));
        tasks.Switch(Iret);
        tasks.Got(14, 3);
        Assert.Equal(Ldt + 8 + 5, Cpu.ReadCr2());
    }

    [Theory]
    [InlineData(null, 0u)]
    [InlineData(Interrupt, 1u)]
    public void EipBehindItsSegmentIsRefused(uint? cause, uint external)
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Describe(0x40, 0x0040_9B00_0000_0000 | (NewIp - 1));
        tasks.Select(GuestSegment.Cs, 0x40);
        tasks.Switch(cause == null ? Call : Gate, cause);
        tasks.Got(13, external);
    }

    // No room for the error code: of an alignment check #SS(EXT), of a fault that counts a double fault.
    [Theory]
    [InlineData(0x8000_0B11u, 12u, 1u)]
    [InlineData(GeneralProtection, 8u, 0u)]
    public void AnErrorCodeNeedsAStack(uint cause, uint vector, uint errorCode)
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Describe(0x40, 0x0040_9300_0000_0FFF);
        tasks.Select(GuestSegment.Ss, 0x40);
        tasks.Switch(Gate, cause, 0);
        tasks.Got(vector, errorCode);
    }

    // An exception in a task that another exception was to start is a double fault.
    [Fact]
    public void AFaultOnTheWayToAHandlerIsADoubleFault()
    {
        using var tasks = new TaskSwitchGuest();
        tasks.Select(GuestSegment.Cs, 0);
        tasks.Switch(Gate, GeneralProtection, 0);
        tasks.Got(8, 0);
    }

    private static uint Rights(GuestSegment segment) => Vmcs.Read(GuestSegmentFields.AccessRights(segment));
}
