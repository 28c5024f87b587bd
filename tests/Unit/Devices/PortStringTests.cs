// INS and OUTS through the run loop: modes, widths, directions, wraps, and the faults they can meet on the way.

using System;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class PortStringTests
{
    private const ushort Serial = 0x3F8;
    private const ushort Nobody = 0xE0;
    private const ulong Buffer = 0x9000;
    private const uint Ds = 3, Ss = 2;

    [Theory]
    [InlineData("real", 0)]
    [InlineData("protected", 1)]
    [InlineData("protected", 0)]
    [InlineData("long", 2)]
    [InlineData("long", 1)]
    public void RepOutsPrintsAString(string mode, uint addressSize)
    {
        using DeviceGuest guest = DeviceGuest.Of(mode);
        guest.Write(Buffer, "Hello"u8.ToArray());
        guest.Registers.Rsi = Buffer;
        guest.Registers.Rcx = 5;
        Assert.Equal(GuestEnd.Halted, guest.Run(String(false, 1, Serial, true, addressSize)));
        Assert.Equal("Hello", DeviceGuest.Printed);
        Assert.Equal(Buffer + 5, guest.Registers.Rsi);
        Assert.Equal(0ul, guest.Registers.Rcx);
        Assert.Equal(DeviceGuest.Rip + 3 + 1, guest[VmcsNatural.GuestRip]); // and HLT
    }

    [Theory]
    [InlineData("real", 1)]
    [InlineData("protected", 2)]
    [InlineData("long", 4)]
    public void RepInsStoresOnes(string mode, int size)
    {
        using DeviceGuest guest = DeviceGuest.Of(mode);
        guest.Write(Buffer, new byte[64]);
        guest.Registers.Rdi = Buffer + 8;
        guest.Registers.Rcx = 4;
        guest.Run(String(true, size, Nobody, true, AddressSizeOf(mode)));
        byte[] expected = [.. new byte[8], .. Enumerable.Repeat((byte)0xFF, 4 * size), .. new byte[8]];
        Assert.Equal(expected, guest.Read(Buffer, expected.Length));
        Assert.Equal(Buffer + 8 + (4 * (ulong)size), guest.Registers.Rdi);
    }

    [Fact]
    public void WithoutRepOneElementMovesAndTheCountStays()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Write(Buffer, (byte)'x', (byte)'y');
        guest.Registers.Rsi = Buffer;
        guest.Registers.Rcx = 7;
        guest.Run(String(false, 1, Serial, false, 1));
        Assert.Equal("x", DeviceGuest.Printed);
        Assert.Equal((Buffer + 1, 7ul), (guest.Registers.Rsi, guest.Registers.Rcx));
    }

    [Fact]
    public void NothingIsDoneForACountOfZero()
    {
        using DeviceGuest guest = DeviceGuest.Of("real");
        guest.Registers.Rsi = 0xFFFF_FFFF_0000_0000 | Buffer;
        guest.Registers.Rcx = 0xFFFF_0000;
        guest.Run(String(false, 1, Serial, true, 0));
        Assert.Equal("", DeviceGuest.Printed);
        Assert.Equal(DeviceGuest.Rip + 3 + 1, guest[VmcsNatural.GuestRip]); // and HLT
    }

    [Fact]
    public void TheDirectionFlagGoesDownwards()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Write(Buffer, "abcd"u8.ToArray());
        guest.Registers.Rsi = Buffer + 3;
        guest.Registers.Rcx = 4;
        guest[VmcsNatural.GuestRflags] = 2 | (ulong)Rflags.Direction;
        guest.Run(String(false, 1, Serial, true, 1));
        Assert.Equal("dcba", DeviceGuest.Printed);
        Assert.Equal(Buffer - 1, guest.Registers.Rsi);
    }

    // 16-bit addresses wrap in their segment, and leave the rest of the register.
    [Fact]
    public void SixteenBitAddressesWrap()
    {
        using DeviceGuest guest = DeviceGuest.Of("real");
        guest.Write(0xFFFF, (byte)'a');
        guest.Write(0, (byte)'b');
        guest.Registers.Rsi = 0x1234_FFFF;
        guest.Registers.Rcx = 0x5678_0002;
        guest.Run(String(false, 1, Serial, true, 0));
        Assert.Equal("ab", DeviceGuest.Printed);
        Assert.Equal((0x1234_0001ul, 0x5678_0000ul), (guest.Registers.Rsi, guest.Registers.Rcx));
    }

    [Fact]
    public void TheSegmentOverrideCounts()
    {
        using DeviceGuest guest = DeviceGuest.Of("real");
        guest[VmcsNatural.GuestSsBase] = 0x1_0000;
        guest.Write(0x1_0010, (byte)'s');
        guest.Registers.Rsi = 0x10;
        guest.Run(String(false, 1, Serial, false, 0, Ss));
        Assert.Equal("s", DeviceGuest.Printed);
    }

    // Nothing is told by the processor: the prefixes are read from memory.
    [Fact]
    public void PrefixesAreDecodedWhereTheProcessorDoesNotTellThem()
    {
        SoftProcessor processor = Presets.SkylakeX();
        processor.Msrs[(uint)Msr.VmxBasic] &= ~(1ul << 54);
        using DeviceGuest guest = DeviceGuest.Of("real", processor);
        guest[VmcsNatural.GuestFsBase] = 0x1_0000;
        guest.Write(0x1_0010, (byte)'f', (byte)'g');
        guest.Write(DeviceGuest.Rip, 0x64, 0x67, 0xF3, 0x6E);
        guest.Registers.Rsi = 0x10;
        guest.Registers.Rcx = 2;
        guest.Run(String(false, 1, Serial, true, 0));
        Assert.Equal("fg", DeviceGuest.Printed);
        Assert.Equal(0x12ul, guest.Registers.Rsi);
    }

    [Fact]
    public void ALongStringStopsForInterrupts()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Registers.Rsi = Buffer;
        guest.Registers.Rcx = 300;
        GuestExit exit = String(false, 1, Nobody, true, 1);
        guest.Script.Then(exit);
        guest.Script.Then(script =>
        {
            Assert.Equal(44ul, script.Registers.Rcx);
            Assert.Equal(Buffer + 256, script.Registers.Rsi);
            Assert.Equal(DeviceGuest.Rip, script.Rip);
            Assert.NotEqual(0ul, script.Rflags & (ulong)Rflags.Resume);
            script.Exit(exit);
        });
        guest.Script.Then(Exits.Hlt());
        RunLoop.Run(guest.Vm, guest.Vcpu);
        Assert.Equal(GuestEnd.Halted, guest.Vm->End);
        Assert.Equal(0ul, guest.Registers.Rcx);
        Assert.Equal(Buffer + 300, guest.Registers.Rsi);
    }

    [Fact]
    public void APageFaultLeavesTheRestToDo()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.SetPage(0xA, 0xA000 | 5);
        guest.Registers.Rdi = 0x9FFC;
        guest.Registers.Rcx = 4;
        guest[VmcsNatural.GuestCr0] |= (ulong)Cr0.WriteProtect;
        guest.Script.Handler = (_, _) => { };
        Event(guest, String(true, 2, Nobody, true, 2), ExceptionVector.PageFault, 3);
        Assert.Equal(0xA000ul, Cpu.ReadCr2());
        Assert.Equal((0xA000ul, 2ul), (guest.Registers.Rdi, guest.Registers.Rcx));
    }

    // The one before it was in the page.
    [Fact]
    public void TheNextElementMayCrossIntoAMissingPage()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.SetPage(0xA, 0);
        guest.Write(0x9FF8, 0ul);
        guest.Registers.Rdi = 0x9FFA;
        guest.Registers.Rcx = 2;
        Event(guest, String(true, 4, Nobody, true, 2), ExceptionVector.PageFault, 2);
        Assert.Equal(0xA000ul, Cpu.ReadCr2());
        Assert.Equal((0x9FFEul, 1ul), (guest.Registers.Rdi, guest.Registers.Rcx));
        Assert.Equal([0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], guest.Read(0x9FF8, 8));
    }

    // The element that crosses into the missing page changes nothing.
    [Fact]
    public void AnElementAcrossAFaultIsNotStored()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.SetPage(0xA, 0);
        guest.Write(0x9FF8, 0ul);
        guest.Registers.Rdi = 0x9FFE;
        Event(guest, String(true, 4, Nobody, false, 2), ExceptionVector.PageFault, 2);
        Assert.Equal(0xA000ul, Cpu.ReadCr2());
        Assert.Equal(new byte[8], guest.Read(0x9FF8, 8));
    }

    [Theory]
    [InlineData(Ds, ExceptionVector.GeneralProtection)]
    [InlineData(Ss, ExceptionVector.StackFault)]
    internal void BehindTheLimitIsAFault(uint segment, ExceptionVector vector)
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        Vmcs.Write(GuestSegmentFields.Limit((GuestSegment)segment), 0x9FFF);
        Vmcs.Write(GuestSegmentFields.AccessRights((GuestSegment)segment), 0x4093);
        guest.Registers.Rsi = 0x9FFE;
        guest.Registers.Rcx = 3;
        Event(guest, String(false, 2, Nobody, true, 1, segment), vector, 0);
        Assert.Equal((0xA000ul, 2ul), (guest.Registers.Rsi, guest.Registers.Rcx));
    }

    [Fact]
    public void AReadOnlySegmentCannotBeStoredTo()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        Vmcs.Write(Vmcs32.GuestEsAccessRights, 0xC091);
        guest.Registers.Rdi = Buffer;
        Event(guest, String(true, 1, Nobody, false, 1), ExceptionVector.GeneralProtection, 0);
        Assert.Equal(Buffer, guest.Registers.Rdi);
    }

    [Fact]
    public void AnAddressThatIsNotCanonicalIsAFault()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Registers.Rsi = 0x0000_8000_0000_0000;
        Event(guest, String(false, 1, Nobody, false, 2), ExceptionVector.GeneralProtection, 0);
    }

    [Fact]
    public void MissingMemoryEndsTheGuest()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Registers.Rdi = DeviceGuest.RamBytes - 2;
        guest.Registers.Rcx = 8;
        guest.Script.Then(String(true, 1, Nobody, true, 1));
        RunLoop.Run(guest.Vm, guest.Vcpu);
        Assert.Equal(GuestEnd.IllegalAddress, guest.Vm->End);
        Assert.Equal(DeviceGuest.RamBytes, guest.Vm->EndAddress.Value);
        Assert.Equal(6ul, guest.Registers.Rcx);
    }

    [Fact]
    public void AStringCanPowerOff()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.Write(Buffer, 0x01, 0x20, 0x00, 0x20, 0x00, 0x20);
        guest.Registers.Rsi = Buffer;
        guest.Registers.Rcx = 3;
        guest.Script.Then(String(false, 2, 0x604, true, 1));
        RunLoop.Run(guest.Vm, guest.Vcpu);
        Assert.Equal(GuestEnd.PoweredOff, guest.Vm->End);
        Assert.Equal((Buffer + 4, 1ul), (guest.Registers.Rsi, guest.Registers.Rcx));
    }

    private static uint AddressSizeOf(string mode) => mode == "real" ? 0u : mode == "protected" ? 1u : 2u;

    // The next entry delivers this.
    private static void Event(DeviceGuest guest, GuestExit exit, ExceptionVector vector, uint errorCode)
    {
        guest.Script.Handler = (_, _) => { };
        guest.Script.Then(exit);
        guest.Script.Then(Exits.Hlt());
        RunLoop.Run(guest.Vm, guest.Vcpu);
        GuestEvent received = Assert.Single(guest.Script.Events);
        Assert.Equal(((byte)vector, (uint?)errorCode), (received.Vector, received.ErrorCode));
    }

    internal static GuestExit String(
        bool isIn, int size, ushort port, bool repeated, uint addressSize, uint segment = Ds) =>
        Exits.Instruction(ExitReason.IoInstruction, 3) with
        {
            Qualification = (uint)(size - 1) | (isIn ? 8u : 0) | 16u | (repeated ? 32u : 0) | ((ulong)port << 16),
            InstructionInformation = (addressSize << 7) | (isIn ? 0 : segment << 15),
        };
}
