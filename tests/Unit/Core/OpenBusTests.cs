// Memory that nobody has, as a PC has it: all ones when it is read, whoever reads, and no trace of what is written.

using System.Collections.Generic;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using Exits = MinusOne.Tests.Model.Exits;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class OpenBusTests
{
    // In no table of the fixture, and in its tables.
    private const ulong Nobodys = 0xD000_0000;
    private const ulong Linear = 0xFEA0_0000;

    // MOV EAX, [EBX]; MOV [EBX], EAX; LOCK ADD [EBX], 1.
    [Theory]
    [InlineData(new byte[] { 0x8B, 0x03 }, Access.Read, 0xFFFF_FFFFul)]
    [InlineData(new byte[] { 0x89, 0x03 }, Access.Write, 7ul)]
    [InlineData(new byte[] { 0xF0, 0x83, 0x03, 0x01 }, Access.Read | Access.Write, 7ul)]
    public void AnOperandReadsAsOnes(byte[] code, object access, ulong eax)
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Vm->HasOpenBus = true;
        guest.Write(DeviceGuest.Rip, code);
        guest.Registers.Rax = 7;
        guest.Registers.Rbx = Nobodys;
        Assert.Equal(GuestEnd.Halted, guest.Run(DeviceGuest.Violation(Nobodys, (Access)access)));
        Assert.Equal(eax, guest.Registers.Rax);
        Assert.Equal(DeviceGuest.Rip + (ulong)code.Length + 1, guest[VmcsNatural.GuestRip]);
        Assert.Empty(guest.Script.Events);
    }

    // FFh FFh is no instruction.
    [Fact]
    public void AnInstructionIsNone() => Assert.Equal(
        [0x8000_0306u], Received(guest => DeviceGuest.Violation(Nobodys, Access.Execute)));

    // An entry of all ones is present, with reserved bits set.
    [Fact]
    public void AnEntryOfTheGuestsTablesHasReservedBits()
    {
        List<uint> received = Received(guest =>
        {
            guest[VmcsNatural.GuestCr3] = Nobodys;
            return Exits.EptViolation(new(Nobodys), Access.Read, Access.None, new Gva(Linear), isFinal: false);
        });
        Assert.Equal([0x8000_0B0Eu], received);
        Assert.Equal(Linear, Cpu.ReadCr2());
    }

    // A learner's guest that is meant to end there does.
    [Fact]
    public void WithoutItTheGuestEnds()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Script.Then(DeviceGuest.Violation(Nobodys, Access.Execute));
        RunLoop.Run(guest.Vm, guest.Vcpu);
        Assert.Equal(GuestEnd.IllegalAddress, guest.Vm->End);
    }

    private delegate GuestExit Setup(DeviceGuest guest);

    private static List<uint> Received(Setup exit)
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Vm->HasOpenBus = true;
        guest.Script.Handler = (script, _) => script.Hlt();
        Assert.Equal(GuestEnd.Halted, guest.Run(exit(guest)));
        List<uint> received = [];
        foreach (GuestEvent one in guest.Script.Events)
        {
            received.Add(one.Information);
        }

        return received;
    }
}
