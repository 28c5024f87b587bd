// The way to a triple fault in words: what began it, why one handler after the other could not be reached, and the
// entries of the tables on the way, in each of the ways in which a guest can have lost its handlers.

using System;
using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Report;

public sealed unsafe class TripleFaultTests
{
    private const ulong Idt = 0x1_0000, Gdt = 0x1_1000, Tss = 0x1_2000, Stack = 0x1_4000;
    private const ulong Gate = 0x0000_8E00_0008_0000, Code64 = 0x00AF_9B00_0000_FFFF, Code32 = 0x00CF_9B00_0000_FFFF;

    // The end of a run by itself: the report is there without being asked for.
    [Fact]
    public void TheRunExplainsItsEnd()
    {
        using var machine = new CoreMachine();
        machine.Config->Start.Mode = StartMode.Protected;
        machine.SetImage([0x0F, 0x0B]);
        machine.Guest.Then(guest => guest.TripleFault());
        Assert.False(machine.Run());
        Assert.Contains(
            "ended: triple fault: an exception while a double fault was being delivered, RIP 1000\n" +
            "  that means: the guest has lost its handlers; the lines below follow them\n" +
            "  way out: correct what the guest has put into its IDT, GDT, TSS or tables\n" +
            "  the instruction that began it, for no later one has come to its end:\n" +
            "  00001000  0F 0B  ud2\n" +
            "  as the instruction and the tables stand, it began with invalid opcode (6)\n" +
            "  then, by the tables as they stand now:\n" +
            "    invalid opcode (6): there is no gate in the IDT, but type 0; that is general protection " +
            "(13), which comes next\n" +
            "    general protection (13): there is no gate in the IDT, but type 0; that is general " +
            "protection (13), and both together a double fault\n" +
            "    double fault (8): there is no gate in the IDT, but type 0; that is general protection " +
            "(13), and with it the processor shuts down\n" +
            "  IDT at 0, limit FFFF; ", machine.Log);
    }

    [Theory]
    [InlineData(0, Gate, Code64, "its handler at 0 can be reached now")]
    [InlineData(7, Gate, Code64, "its gate, D0 from the start, is behind the IDT's end; that is general")]
    [InlineData(1, 0UL, Code64, "there is no gate in the IDT, but type 0; that is general")]
    [InlineData(1, 0x0000_0E00_0008_0000, Code64, "its gate is not present; that is segment not")]
    [InlineData(1, 0x0000_8E00_0000_0000, Code64, "its gate names the null selector; that is general")]
    [InlineData(1, 0x0000_8E00_0078_0000, Code64, "its gate names selector 78, behind the end of the descriptor")]
    [InlineData(1, 0x0000_8E00_000C_0000, Code64, "its gate names selector C, behind the end of the descriptor")]
    [InlineData(1, Gate, Code32, "its gate names selector 8, which is no code that may run it; that is general")]
    [InlineData(1, Gate, 0x00AF_1B00_0000_FFFF, "its gate names selector 8, whose segment is not present;")]
    [InlineData(1, 0x0000_8E02_0008_0000, Code64, "the TSS ends before the stack pointer at 2C; that is invalid")]
    [InlineData(2, Gate, Code64, "the stack cannot be written at 13FFF; that is page fault (14), which")]
    [InlineData(3, Gate, Code64, "the IDT is not mapped at 100D0; that is page fault (14), which")]
    [InlineData(4, Gate, Code64, "the descriptor table is not mapped at 11008; that is page fault (14), which")]
    [InlineData(5, Gate, Code64, "its handler at 800000000000 is outside the code segment, or not canonical; that")]
    [InlineData(6, Gate, Code64, "the stack at 900000000000 is not canonical; that is stack fault (12), and both")]
    public void AHandlerIsLostInManyWays(int what, ulong gate, ulong code, string why)
    {
        using DeviceGuest guest = Long(gate, code);
        switch (what)
        {
            case 2:
                guest.SetPage(0x13, 0x1_3005);
                guest[VmcsNatural.GuestCr0] |= 0x1_0000;
                break;
            case 7: Vmcs.Write(Vmcs32.GuestIdtrLimit, 0xDE); break;
            case 3: guest.SetPage(0x10, 0); break;
            case 4: guest.SetPage(0x11, 0); break;
            case 5: guest.Write(Idt + (16 * 13) + 8, 0x8000UL); break;
            case 6: guest[VmcsNatural.GuestRsp] = 0x9000_0000_0000; break;
        }

        Assert.Contains("\n    general protection (13): " + why, Explain(guest));
    }

    // In user mode the stack is the TSS's; a gate can name one in every mode.
    [Theory]
    [InlineData(Gate, 0x4UL, "the stack cannot be written at 2FFF")]
    [InlineData(Gate | (2UL << 32), 0x2CUL, "the stack cannot be written at 2FFF")]
    public void StacksComeFromTheTss(ulong gate, ulong offset, string why)
    {
        using DeviceGuest guest = Long(gate, Code64);
        Vmcs.Write(Vmcs32.GuestTrLimit, 0x67);
        guest[VmcsNatural.GuestTrBase] = Tss;
        guest.Write(Tss + offset, 0x3000UL);
        guest.SetPage(2, 0);
        Vmcs.Write(Vmcs32.GuestSsAccessRights, Vmcs.Read(Vmcs32.GuestSsAccessRights) | 0x60);
        Assert.Contains("\n    general protection (13): " + why, Explain(guest));
    }

    [Theory]
    [InlineData("CC", "it began with breakpoint (3)\n")]
    [InlineData("CD21", "it began with vector (33)\n")]
    [InlineData("0F0B", "it began with invalid opcode (6)\n")]
    [InlineData("488908", "it began with page fault (14) at 50000000, and CR2 says so, too\n")]
    [InlineData("C3", "it began with page fault (14) at 60000000\n")]
    [InlineData("F4", "what it began with cannot be seen; the chain is the same for general protection (13)\n")]
    public void TheFirstFaultIsReadFromTheInstruction(string code, string first)
    {
        using DeviceGuest guest = Long(Gate, Code64);
        guest.Write(DeviceGuest.Rip, Convert.FromHexString(code));
        guest.Registers.Rax = 0x5000_0000;
        Cpu.WriteCr2(0x5000_0000);
        guest[VmcsNatural.GuestRsp] = code == "C3" ? 0x6000_0000 : Stack;
        Assert.Contains(first, Explain(guest));
    }

    [Fact]
    public void TheWalkOfWhatIsNotMappedStandsBelow()
    {
        using DeviceGuest guest = Long(Gate, Code64);
        guest.SetPage(8, 0);
        string told = Explain(guest);
        Assert.Contains("  00008000  not mapped by the guest's own tables\n", told);
        Assert.Contains("it began with page fault (14) at 8000", told);
        Assert.Contains("  level 1 at 4040                     0000000000000000  not present\n", told);
    }

    // Whatever the tables hold.
    [Fact]
    public void RubbishInTablesComesToAnEnd()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            using DeviceGuest guest = Long((ulong)random.NextInt64(), (ulong)random.NextInt64());
            for (uint i = 0; i < 32; i++)
            {
                guest.Write(Idt + (16 * i), (ulong)random.NextInt64());
                guest.Write(Gdt + (8 * i), (ulong)random.NextInt64());
                guest.SetPage((ulong)random.Next(0x8, 0x20), (ulong)random.Next(0x40) << 12 | (uint)random.Next(8));
            }

            guest[VmcsNatural.GuestRsp] = (ulong)random.NextInt64() << random.Next(2);
            byte[] code = new byte[15];
            random.NextBytes(code);
            guest.Write(DeviceGuest.Rip, code);
            Assert.InRange(Explain(guest).Split('\n').Length, 5, 20);
        }
    }

    private static DeviceGuest Long(ulong gate, ulong code)
    {
        DeviceGuest guest = DeviceGuest.Of("long");
        guest.Vm->Processor->Loaded = guest.Vcpu;
        guest[VmcsNatural.GuestIdtrBase] = Idt;
        guest[VmcsNatural.GuestGdtrBase] = Gdt;
        Vmcs.Write(Vmcs32.GuestIdtrLimit, 0xFFF);
        Vmcs.Write(Vmcs32.GuestGdtrLimit, 0x2F);
        Vmcs.Write(Vmcs32.GuestTrLimit, 0x20);
        guest[VmcsNatural.GuestRsp] = Stack;
        guest.Write(Idt + (16 * 13), gate);
        guest.Write(Gdt + 8, code);
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
