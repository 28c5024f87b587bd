// Breakpoints on data and ports, met by accesses that the hypervisor makes in the guest's name: reported behind the
// instruction, or behind the iteration of one that is repeated. SDM 3B 19.2.4 Debug Control Register (DR7), 19.3.1.2
// Data Memory and I/O Breakpoint Exception Conditions.

using System.Linq;
using MinusOne.Tests.Model;
using Xunit;
using Exits = MinusOne.Tests.Model.Exits;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class BreakpointTests
{
    private const ulong Device = 0xFEB0_0010;
    private const ulong Debugging = 8;

    // Conditions of breakpoint 0, with its length; bit 0 enables it.
    private const ulong Write1 = 0x1_0001, Write4 = 0xD_0001, Write8 = 0x9_0001, Access4 = 0xF_0001, Port1 = 0x2_0001;

    // MOV EAX, [RBX] and MOV [RBX], EAX. Twice: the second time the short path could do it.
    [Theory]
    [InlineData(0x89, Device, Write4, true)]
    [InlineData(0x89, Device, Access4, true)]
    [InlineData(0x8B, Device, Access4, true)]
    [InlineData(0x8B, Device, Write4, false)]
    [InlineData(0x89, Device + 3, Write1, true)]
    [InlineData(0x89, Device + 4, Write1, false)]
    [InlineData(0x89, Device - 1, Write1, false)]
    [InlineData(0x89, Device - 1, Write4, false)]
    [InlineData(0x89, Device + 7, Write8, true)]
    [InlineData(0x89, Device, Write4 & ~1ul, false)]
    [InlineData(0x89, Device, Port1, false)]
    public void AnAccessToADeviceIsSeen(byte opcode, ulong watched, ulong control, bool isMet)
    {
        using DeviceGuest guest = Watching("long", watched, control);
        Access access = opcode == 0x8B ? Access.Read : Access.Write;
        guest.Write(DeviceGuest.Rip, opcode, 0x03, opcode, 0x03);
        guest.Registers.Rbx = Device;
        guest.Script.Then(DeviceGuest.Violation(Device, access));
        Assert.Equal(GuestEnd.Halted, guest.Run(DeviceGuest.Violation(Device, access)));
        Assert.Equal(isMet ? [DeviceGuest.Rip + 2, DeviceGuest.Rip + 4] : [], Reported(guest));
    }

    // One that knows the instruction by now: MOV [RBX], EAX on the local APIC.
    [Fact]
    public void TheShortPathLeavesItToTheLongOne()
    {
        const ulong Priority = 0xFEE0_0080;
        using DeviceGuest guest = Watching("long", Priority, Write4, VmFeatures.Pc);
        guest.Write(DeviceGuest.Rip, 0x89, 0x03);
        guest.Registers.Rbx = Priority;
        for (int i = 0; i < 3; i++)
        {
            guest.Script.Then(script =>
            {
                script.Rip = DeviceGuest.Rip;
                script.Exit(DeviceGuest.Violation(Priority, Access.Write));
            });
        }

        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Pause()));
        Assert.Equal(3, Reported(guest).Length);
    }

    // Two iterations are between the first and the one that meets it.
    [Fact]
    public void AStringStopsBehindTheIteration()
    {
        using DeviceGuest guest = Watching("long", Device + 2, Write1);
        guest.Write(DeviceGuest.Rip, 0xF3, 0xAA);
        (guest.Registers.Rdi, guest.Registers.Rcx) = (Device, 5);
        ulong left = 0;
        guest.Script.Handler = (script, _) => left = script.Registers.Rcx;
        for (uint i = 0; i < 4; i++)
        {
            guest.Script.Then(DeviceGuest.Violation(Device + i, Access.Write));
        }

        Assert.Equal(GuestEnd.Halted, guest.Run(DeviceGuest.Violation(Device + 4, Access.Write)));
        Assert.Equal((DeviceGuest.Rip, 2ul), (Assert.Single(Reported(guest)), left));
    }

    // The other end of INS is memory.
    [Theory]
    [InlineData(0x9001ul, true)]
    [InlineData(0x9002ul, false)]
    public void PortStringsReachForMemory(ulong watched, bool isMet)
    {
        using DeviceGuest guest = Watching("long", watched, Write1);
        guest.Write(DeviceGuest.Rip, 0xF3, 0x6C);
        (guest.Registers.Rdi, guest.Registers.Rcx) = (0x9000, 2);
        GuestExit exit = Exits.StringIo(isIn: true, 1, 0x80, new Gva(0x9000), repeated: true);
        guest.Script.Then(exit with { InstructionLength = 2 });
        Assert.Equal(GuestEnd.Halted, guest.Run(exit with { InstructionLength = 2 }));
        Assert.Equal(isMet ? 1 : 0, Reported(guest).Length);
    }

    // REP with nothing to do meets nothing.
    [Theory]
    [InlineData(0ul, 0)]
    [InlineData(2ul, 2)]
    public void APortStringIsSeenForEachElement(ulong count, int times)
    {
        using DeviceGuest guest = Watching("long", 0x80, Port1);
        guest[VmcsNatural.GuestCr4] |= Debugging;
        guest.Write(DeviceGuest.Rip, 0xF3, 0x6C);
        (guest.Registers.Rdi, guest.Registers.Rcx) = (0x9000, count);
        GuestExit exit = Exits.StringIo(isIn: true, 1, 0x80, new Gva(0x9000), repeated: true);
        guest.Script.Then(exit with { InstructionLength = 2 });
        Assert.Equal(GuestEnd.Halted, guest.Run(exit with { InstructionLength = 2 }));
        Assert.Equal(times, Reported(guest).Length);
    }

    // Only with CR4.DE; otherwise that condition is undefined, and is none here.
    [Theory]
    [InlineData(0x21, Port1, Debugging, true)]
    [InlineData(0x21, Port1, 0, false)]
    [InlineData(0x22, Port1, Debugging, false)]
    [InlineData(0x20, Port1 | 0x4_0000, Debugging, true)]
    [InlineData(0x21, Write1, Debugging, false)]
    public void APortIsSeen(ulong watched, ulong control, ulong features, bool isMet)
    {
        using DeviceGuest guest = Watching("protected", watched, control, VmFeatures.Pc);
        guest.Registers.Rbx = (ulong)GuestMode.Cr4 | features;
        guest.Script.Then(Exits.MovToCr(4, 3));
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Io(isIn: false, 1, 0x21)));
        Assert.Equal(isMet ? 1 : 0, Reported(guest).Length);
    }

    // Its shadow keeps it until the handler of INT n begins.
    [Theory]
    [InlineData(0x8000_0430u, 0x1008ul, 2u)]
    [InlineData(0x8000_0603u, 0x1001ul, 2u)]
    [InlineData(0x8000_0430u, 0x4000ul, 0u)]
    [InlineData(0x8000_0430u, 0ul, 0u)]
    public void WhatMovSsHasMetOutlivesAnInterruptedSoftwareInterrupt(uint delivery, ulong pending, uint blocking)
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Vcpu->Events.RaiseSoftware(new Event(new(delivery), 0, 2));
        guest[VmcsNatural.GuestPendingDebugExceptions] = pending;
        Vmcs.Write(Vmcs32.GuestInterruptibilityState, InterruptibilityState.MovSs);
        Assert.True(Injection.Prepare(guest.Vm, guest.Vcpu));
        Assert.Equal(blocking, GuestState.Blocking.Raw);
    }

    private static DeviceGuest Watching(
        string mode, ulong address, ulong control, VmFeatures flags = VmFeatures.None)
    {
        DeviceGuest guest = DeviceGuest.Of(mode, flags: flags);
        Cpu.Soft.HasShortPath = true;
        Cpu.WriteDebugRegister(0, address);
        guest[VmcsNatural.GuestDr7] = control | 0x400;
        guest[VmcsNatural.Cr4GuestHostMask] = VcpuState.OwnedCr4;
        guest.Script.Handler = (_, _) => { };
        return guest;
    }

    // Where each debug exception found the guest.
    private static ulong[] Reported(DeviceGuest guest) =>
        [.. guest.Script.Events.Where(one => one.Vector == (byte)ExceptionVector.Debug).Select(one => one.ReturnRip)];
}
