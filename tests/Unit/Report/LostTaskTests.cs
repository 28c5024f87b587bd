// The way to a triple fault outside 64-bit mode: stacks of inner levels, which a TSS of either width names, and tasks
// that a task gate leads to.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Report;

public sealed unsafe class LostTaskTests
{
    private const ulong Idt = 0x1_0000, Gdt = 0x1_1000, Tss = 0x1_2000, NewTss = 0x1_3000;
    private const ulong Code = 0x00CF_9B00_0000_FFFF, Stack = 0x0040_9300_0000_0FFF;
    private const ulong Gate = 0x0000_8E00_0008_2000, TaskGate = 0x0000_8500_0018_0000;
    private const ulong Task = 0x0000_8901_3000_0067;

    [Theory]
    [InlineData(TaskGate, Task, "the task of selector 18 with its code at 5000 can be reached now")]
    [InlineData(TaskGate, 0x0000_8101_3000_002BUL, "the task of selector 18 with its code at 7000 can be reached now")]
    [InlineData(TaskGate & ~(1UL << 47), Task, "its gate is not present; that is segment not present (11), and")]
    [InlineData(TaskGate | (0x60UL << 16), Task, "its task gate names selector 78, which is no TSS that is free; that")]
    [InlineData(TaskGate | (4UL << 16), Task, "its task gate names selector 1C, which is no TSS that is free; that")]
    [InlineData(TaskGate, Task | (2UL << 40), "its task gate names selector 18, which is no TSS that is free; that")]
    [InlineData(TaskGate, Code, "its task gate names selector 18, which is no TSS that is free; that is general")]
    [InlineData(TaskGate, Task & ~(1UL << 47), "its task gate names selector 18, whose TSS is not present; that is")]
    [InlineData(TaskGate, Task & ~1UL, "its task gate names selector 18, whose TSS is too short; that is invalid TSS")]
    [InlineData(TaskGate, 0x0000_8901_4000_0067UL, "its task has no code segment, but selector 0; that is invalid TSS")]
    public void ATaskGateIsFollowedToItsTask(ulong gate, ulong task, string why)
    {
        using DeviceGuest guest = Protected(gate);
        guest.Write(Gdt + 0x18, task);
        guest.Write(NewTss + 0x0E, 0x7000UL);
        guest.Write(NewTss + 0x12, 8UL);
        guest.Write(NewTss + 0x20, 0x5000UL);
        guest.Write(NewTss + 0x4C, 8UL);
        Assert.Contains("\n    general protection (13): " + why, Explain(guest));
    }

    // A program of level 3, whose handler has the stack of level 0 that the TSS names: pointer, selector, descriptor.
    [Theory]
    [InlineData(true, 0x1000UL, 0x10UL, Stack, "its handler at 2000 can be reached now")]
    [InlineData(false, 0x1000UL, 0x10UL, Stack, "its handler at 2000 can be reached now")]
    [InlineData(true, 0x1001UL, 0x10UL, Stack, "the stack at 1001 is beyond its segment's limit; that is stack fault")]
    [InlineData(false, 0x1001UL, 0x10UL, Stack, "the stack at 1001 is beyond its segment's limit; that is stack fault")]
    [InlineData(false, 0UL, 0x10UL, 0x0000_9300_0000_0FFF, "the stack at 0 is beyond its segment's limit; that is st")]
    [InlineData(true, 0x1014UL, 0x10UL, Stack | (4UL << 40), "its handler at 2000 can be reached now")]
    [InlineData(true, 0x1013UL, 0x10UL, Stack | (4UL << 40), "the stack at 1013 is beyond its segment's limit; that")]
    [InlineData(true, 0x1000UL, 0UL, Stack, "the TSS names stack segment 0, which is none of the handler's level; tha")]
    [InlineData(false, 0x1000UL, 0x78UL, Stack, "the TSS names stack segment 78, which is none of the handler's lev")]
    [InlineData(true, 0x1000UL, 0x13UL, Stack, "the TSS names stack segment 13, which is none of the handler's level")]
    [InlineData(true, 0x1000UL, 0x8UL, Stack, "the TSS names stack segment 8, which is none of the handler's level;")]
    [InlineData(true, 0x1000UL, 0x10UL, Stack | (0x60UL << 40), "the TSS names stack segment 10, which is none of the")]
    [InlineData(false, 0x1000UL, 0x10UL, Stack & ~(1UL << 47), "the TSS names stack segment 10, which is not present;")]
    public void AStackOfAnInnerLevelIsTheTsss(bool isWide, ulong pointer, ulong selector, ulong stack, string why)
    {
        using DeviceGuest guest = Protected(Gate);
        Vmcs.Write(Vmcs32.GuestSsAccessRights, Vmcs.Read(Vmcs32.GuestSsAccessRights) | 0x60);
        Vmcs.Write(Vmcs32.GuestTrAccessRights, isWide ? 0x8Bu : 0x83);
        Vmcs.Write(Vmcs32.GuestTrLimit, isWide ? 9u : 5);
        guest[VmcsNatural.GuestTrBase] = Tss;
        guest.Write(Tss + (isWide ? 4u : 2), isWide ? pointer | (selector << 32) : pointer | (selector << 16));
        guest.Write(Gdt + 0x10, stack);
        Assert.Contains("\n    general protection (13): " + why, Explain(guest));
    }

    [Theory]
    [InlineData(0x8Bu, 8u, 4)]
    [InlineData(0x83u, 4u, 2)]
    public void ATssEndsWhereItsLimitIs(uint rights, uint limit, int place)
    {
        using DeviceGuest guest = Protected(Gate);
        Vmcs.Write(Vmcs32.GuestSsAccessRights, Vmcs.Read(Vmcs32.GuestSsAccessRights) | 0x60);
        Vmcs.Write(Vmcs32.GuestTrAccessRights, rights);
        Vmcs.Write(Vmcs32.GuestTrLimit, limit);
        Assert.Contains(
            $"general protection (13): the TSS ends before the stack pointer at {place}; that is", Explain(guest));
    }

    private static DeviceGuest Protected(ulong gate)
    {
        DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Vm->Processor->Loaded = guest.Vcpu;
        guest[VmcsNatural.GuestIdtrBase] = Idt;
        guest[VmcsNatural.GuestGdtrBase] = Gdt;
        Vmcs.Write(Vmcs32.GuestIdtrLimit, 0x7FF);
        Vmcs.Write(Vmcs32.GuestGdtrLimit, 0x2F);
        guest.Write(Idt + (8 * 13), gate);
        guest.Write(Gdt + 8, Code);
        guest.Write(DeviceGuest.Rip, 0xF4);
        return guest;
    }

    private static string Explain(DeviceGuest guest)
    {
        Host.Written(Output.Log).Clear();
        TripleFaultReport.Print(Output.Log, guest.Vm, guest.Vcpu);
        return DeviceGuest.Log;
    }
}
