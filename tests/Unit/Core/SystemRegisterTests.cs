// LGDT, SGDT, LTR, LLDT and STR carried out for a guest: what lands in the VMCS, what a processor would refuse, and
// operands on a device's memory or past a segment's end.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed class SystemRegisterTests
{
    private const ulong Gdt = 0x1_0000;
    private const ulong Operand = 0x9000;
    private const ulong Device = 0xFEB0_0000;
    private const ushort Selector = 0x28;

    // In the instruction information: absolute, through DS, with addresses of the mode.
    private const uint Absolute64 = (2u << 7) | (3u << 15) | (1u << 22) | (1u << 27);
    private const uint Absolute32 = (1u << 7) | (3u << 15) | (1u << 22) | (1u << 27);
    private const uint Sgdt = 0, Lgdt = 2u << 28, Lldt = 2u << 28, Ltr = 3u << 28, Str = 1u << 28;
    private const uint InRax = 1u << 10;
    private const ulong Umip = 1 << 11;
    private const uint Wide = 1u << 11;

    [Theory]
    [InlineData(Operand)]
    [InlineData(0x9FFBul)]
    [InlineData(Device + 0x10)]
    public void LgdtLoadsWhatSgdtStores(ulong operand)
    {
        using var guest = DeviceGuest.Of("long");
        guest.Script.Then(Table(Sgdt | Absolute64, operand));
        guest[VmcsNatural.GuestGdtrBase] = 0xFFFF_8000_1234_5678;
        Vmcs.Write(Vmcs32.GuestGdtrLimit, 0x4321);
        guest.Script.Then(script => script.Vmcs[VmcsNatural.GuestGdtrBase] = 0);
        Assert.Equal(GuestEnd.Halted, guest.Run(Table(Lgdt | Absolute64, operand)));
        Assert.Equal(0xFFFF_8000_1234_5678, guest[VmcsNatural.GuestGdtrBase]);
        Assert.Equal(0x4321u, Vmcs.Read(Vmcs32.GuestGdtrLimit));
    }

    // A processor without UMIP: the bit of CR4 is made of exits. Users' accesses are #GP, the kernel's are carried out.
    [Theory]
    [InlineData(Sgdt, true)]
    [InlineData(Sgdt, false)]
    [InlineData(1u << 28, true)]
    public unsafe void WithUmipTablesAreNotForUsers(uint instruction, bool isUser)
    {
        using var guest = DeviceGuest.Of("long");
        uint level = isUser ? 3u : 0;
        Vmcs.Write(Vmcs16.GuestSsSelector, (ushort)(0x10 | level));
        Vmcs.Write(Vmcs16.GuestCsSelector, (ushort)(0x08 | level));
        Vmcs.Write(Vmcs32.GuestSsAccessRights, 0xC093 | (level << 5));
        Vmcs.Write(Vmcs32.GuestCsAccessRights, 0xA09B | (level << 5));
        guest[VmcsNatural.Cr4GuestHostMask] = VcpuState.OwnedCr4;
        VmxVcpu.Of(guest.Vcpu)->Controls.Secondary &= ~SecondaryControls.DescriptorTableExiting;
        Backend.SetCr4(guest.Vcpu, GuestMode.Cr4);
        Assert.False(HasTableExits);
        guest.Registers.Rbx = (ulong)GuestMode.Cr4 | Umip;
        guest.Script.Then(Exits.MovToCr(4, 3));
        if (isUser)
        {
            ExpectFault(guest, Table(instruction | Absolute64, Operand), 13, 0);
        }
        else
        {
            Assert.Equal(GuestEnd.Halted, guest.Run(Table(instruction | Absolute64, Operand)));
        }

        Assert.True(HasTableExits);
        Assert.Equal((Umip, 0ul), ((ulong)GuestMode.Cr4 & Umip, guest[VmcsNatural.GuestCr4] & Umip));
        Backend.SetCr4(guest.Vcpu, GuestMode.Cr4 & ~(Cr4)Umip);
        Assert.False(HasTableExits);
    }

    [Fact]
    public void UmipIsShownWhereItCanBeMade()
    {
        using var guest = DeviceGuest.Of("long");
        unsafe
        {
            CpuidExits.Answer(guest.Vm, guest.Vcpu, 7, 0, out CpuidResult shown);
            Assert.Equal(4u, shown.Ecx & 4);
        }
    }

    [Fact]
    public void ABaseThatIsNoAddressIsRefused()
    {
        using var guest = DeviceGuest.Of("long");
        guest.Write(Operand, 0x10, 0, 0, 0, 0, 0, 0, 0x80, 0, 0);
        ExpectFault(guest, Table(Lgdt | Absolute64, Operand), 13, 0);
    }

    [Fact]
    public void AnOperandPastTheSegmentsEndIsRefused()
    {
        using var guest = DeviceGuest.Of("protected");
        Vmcs.Write(Vmcs32.GuestDsLimit, (uint)Operand + 4);
        Vmcs.Write(Vmcs32.GuestDsAccessRights, 0x4093);
        ExpectFault(guest, Table(Lgdt | Absolute32, Operand), 13, 0);
    }

    // Type, limit, granularity, base of an available TSS; loading marks it busy.
    [Fact]
    public void LtrLoadsADescriptorAndMarksItBusy()
    {
        using var guest = WithDescriptor(0xF180_8934_5678_FFFF, 0xFFFF_8000);
        Assert.Equal(GuestEnd.Halted, guest.Run(Task(Ltr | InRax)));
        Assert.Equal(0xFFFF_8000_F134_5678, guest[VmcsNatural.GuestTrBase]);
        Assert.Equal(0xFFFFu << 12 | 0xFFF, Vmcs.Read(Vmcs32.GuestTrLimit));
        Assert.Equal(0x808Bu, Vmcs.Read(Vmcs32.GuestTrAccessRights));
        Assert.Equal(0x8B, guest.Read(Gdt + Selector + 5, 1)[0]);
    }

    [Theory]
    [InlineData("a base that is no address", Ltr, 0x0000_8900_0000_0067, 0x0000_8000ul, 13)]
    [InlineData("a type in the second half", Ltr, 0x0000_8900_0000_0067, 0x0100_0000_0000ul, 13)]
    [InlineData("busy already", Ltr, 0x0000_8B00_0000_0067, 0ul, 13)]
    [InlineData("an LDT", Ltr, 0x0000_8200_0000_0067, 0ul, 13)]
    [InlineData("code", Ltr, 0x0000_9900_0000_0067, 0ul, 13)]
    [InlineData("not present", Ltr, 0x0000_0900_0000_0067, 0ul, 11)]
    [InlineData("a base that is no address", Lldt, 0x0000_8200_0000_0067, 0x0000_8000ul, 13)]
    [InlineData("a task", Lldt, 0x0000_8900_0000_0067, 0ul, 13)]
    public void ABadDescriptorIsRefused(string what, uint instruction, ulong low, ulong high, byte vector)
    {
        Assert.NotEmpty(what);
        using var guest = WithDescriptor(low, high);
        ExpectFault(guest, Task(instruction | InRax), vector, Selector);
    }

    [Fact]
    public void ADescriptorBehindTheTableIsRefused()
    {
        using var guest = WithDescriptor(0x0000_8900_0000_0067, 0);
        Vmcs.Write(Vmcs32.GuestGdtrLimit, Selector + 14);
        ExpectFault(guest, Task(Ltr | InRax), 13, Selector);
    }

    [Fact]
    public void StrStoresTwoBytes()
    {
        using var guest = DeviceGuest.Of("long");
        guest.Write(Operand, 0x55, 0x55, 0x55);
        Vmcs.Write(Vmcs16.GuestTrSelector, 0x1238);
        Assert.Equal(GuestEnd.Halted, guest.Run(Task(Str | Absolute64) with { Qualification = Operand }));
        Assert.Equal([0x38, 0x12, 0x55], guest.Read(Operand, 3));
    }

    private static GuestExit Table(uint information, ulong operand) =>
        Exits.Instruction(ExitReason.GdtrOrIdtrAccess, 7) with
        {
            InstructionInformation = information | Wide,
            Qualification = operand,
        };

    private static GuestExit Task(uint information) => Exits.Instruction(ExitReason.LdtrOrTrAccess, 3) with
    {
        InstructionInformation = information,
    };

    private static bool HasTableExits =>
        (Vmcs.Read(Vmcs32.SecondaryControls) & (uint)SecondaryControls.DescriptorTableExiting) != 0;

    private static DeviceGuest WithDescriptor(ulong low, ulong high)
    {
        DeviceGuest guest = DeviceGuest.Of("long");
        guest[VmcsNatural.GuestGdtrBase] = Gdt;
        Vmcs.Write(Vmcs32.GuestGdtrLimit, 0xFFF);
        guest.Write(Gdt + Selector, low);
        guest.Write(Gdt + Selector + 8, high);
        guest.Registers.Rax = Selector;
        return guest;
    }

    private static void ExpectFault(DeviceGuest guest, GuestExit exit, byte vector, uint errorCode)
    {
        guest.Script.Handler = (script, _) => script.Hlt();
        Assert.Equal(GuestEnd.Halted, guest.Run(exit));
        GuestEvent received = Assert.Single(guest.Script.Events);
        Assert.Equal(0x8000_0B00u | vector, received.Information);
        Assert.Equal(errorCode, received.ErrorCode);
    }
}
