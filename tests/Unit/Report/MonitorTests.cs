// The monitor: its words, its line, and what it shows of a guest that it must not change by looking.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using HvMonitor = MinusOne.Hv.Console.Monitor;

namespace MinusOne.Tests.Unit.Report;

public sealed unsafe class MonitorTests
{
    [Theory]
    [InlineData("foo", "'foo' is no command; help lists all\n")]
    [InlineData("memroy 8000", "'memroy' is no command, perhaps memory; help lists all\n")]
    [InlineData("dissasemble", "'dissasemble' is no command, perhaps disassemble; help lists all\n")]
    [InlineData("sta", "'sta' begins more than one command: stack start; help lists all\n")]
    [InlineData("help pwoer", "'pwoer' is no command, perhaps power; help lists all\n")]
    [InlineData("help npt", "  ept ADDR                    the second-level tables, from a guest-physical address\n")]
    [InlineData("PO", "this guest has no power button\n")]
    [InlineData("", "")]
    [InlineData("memory", "memory wants an address, and at most 4096 bytes; it is used so:\n")]
    [InlineData("memory 8000 4097", "memory wants an address, and at most 4096 bytes; it is used so:\n")]
    [InlineData("memory 8000 0", "memory wants an address, and at most 4096 bytes; it is used so:\n")]
    [InlineData("walk 8000g", "walk wants a linear address; it is used so:\n")]
    [InlineData("walk 12345678901234567", "walk wants a linear address; it is used so:\n")]
    [InlineData("msr", "an MSR is a number of at most eight hexadecimal digits; it is used so:\n")]
    [InlineData("vmcb", "this processor has a VMCS instead: vmcs\n")]
    public void AWordIsAnswered(string line, string answer)
    {
        using var guest = Guest();
        Assert.StartsWith(answer, Obey(guest, line));
        Assert.Equal(answer.Length == 0, DeviceGuest.Log.Length == 0);
    }

    [Theory]
    [InlineData("continue", GuestEnd.None)]
    [InlineData("quit", GuestEnd.Stopped)]
    internal void SomeWordsEndTheConversation(string line, GuestEnd end)
    {
        using var guest = Guest();
        Assert.False(HvMonitor.Obey(Output.Log, guest.Vm, guest.Vcpu, Encoding.ASCII.GetBytes(line)));
        Assert.Equal(end, guest.Vm->End);
    }

    [Fact]
    public void EachCommandIsInTheHelpAndHasItsOwn()
    {
        using var guest = Guest();
        string[] all = Obey(guest, "help").Split('\n');
        for (int i = 0; i < MonitorCommand.Count; i++)
        {
            string name = Encoding.ASCII.GetString(MonitorCommand.At(i).Name);
            string own = Obey(guest, "help " + name).TrimEnd('\n');
            Assert.StartsWith("  " + name, own);
            Assert.Contains(own, all);
            Assert.Single(all, line => line.TrimStart().Split(' ')[0] == name);
        }
    }

    [Fact]
    public void MemoryIsShownInLinesOfSixteen()
    {
        using var guest = Guest();
        guest.Write(0x9000, [.. "Words for every failure\n"u8]);
        Assert.Equal(
            "  00009000  57 6F 72 64 73 20 66 6F 72 20 65 76 65 72 79 20  Words for every \n" +
            "  00009010  66 61 69 6C 75 72 65 0A                          failure.\n",
            Obey(guest, "memory 9000h 24"));
        Assert.Equal(Obey(guest, "memory p:9000 24"), Obey(guest, "memory 0x9000 0x18"));
        guest.SetPage(0xA, 0x9007);
        Assert.Equal("  0000A006  66 6F" + new string(' ', 44) + "fo\n", Obey(guest, "memory a006 2"));
        guest.Registers.Rbx = 0x9000;
        Assert.StartsWith("  00009000  57 6F ", Obey(guest, "mem rbx"));
    }

    // What has no page yet gets none, and what is a device's is not read.
    [Fact]
    public void LookingTouchesNothing()
    {
        using var guest = Guest();
        uint tables = guest.Vm->Memory.Table.Tables;
        ulong pages = GuestMemoryUse.Of(ref guest.Vm->Memory).Pages;
        guest.LessonBoard->Scratch.Write(0, 8, 0x55);
        Assert.Contains("not touched yet", Obey(guest, "memory 30000 16"));
        Assert.Contains("not touched yet", Obey(guest, "disassemble 30000"));
        Assert.Contains("not touched yet", Obey(guest, "ept 30000"));
        Assert.Contains("a device's", Obey(guest, "memory p:feb00000 16"));
        Assert.Contains("nothing: no memory", Obey(guest, "memory p:50000000 16"));
        Assert.Contains("not mapped by the guest's own tables", Obey(guest, "memory 40000000 16"));
        Assert.Contains("not a canonical address", Obey(guest, "memory 800000000000 16"));
        guest.Write(0x1008, 0x5000_0007ul);
        Assert.Contains("a table of the guest's lies where", Obey(guest, "memory 8000000000 16"));
        Assert.Equal((tables, pages),
            (guest.Vm->Memory.Table.Tables, GuestMemoryUse.Of(ref guest.Vm->Memory).Pages));
        Assert.Equal(0x8007ul, BitConverter.ToUInt64(guest.Read(0x4000 + (8 * 8), 8)));
    }

    [Fact]
    public void AWalkGoesThroughBothTables()
    {
        using var guest = Guest();
        guest.Write(0x9000, 1);
        string[] walk = Obey(guest, "walk 9123").Split('\n');
        Assert.Equal("  linear 9123: 4-level paging, CR3 1000", walk[0]);
        Assert.Equal("  level 4 at 1000                     0000000000002007  writable, user", walk[1]);
        Assert.Equal("  level 1 at 4048                     0000000000009007  writable, user", walk[4]);
        Assert.Equal("  guest-physical 9123, in a page of 4 KiB", walk[5]);
        Assert.Matches("^  EPT level 4 at [0-9A-F]+ +[0-9A-F]{13}007  read, write, execute$", walk[6]);
        Assert.Matches("^  EPT level 1 .*read, write, execute, page of 4 KiB, write-back$", walk[9]);
        Assert.Matches("^  guest-physical 9123: mapped, the host's [0-9A-F]+123$", walk[10]);
        Assert.Equal(walk[6..], Obey(guest, "ept 9123").Split('\n'));

        guest.SetPage(9, 0x9006);
        Assert.EndsWith(
            "  0000000000009006  not present\n  leads nowhere: page fault, error code 0, not present\n",
            Obey(guest, "walk 9123"));
        guest.SetPage(9, 0x0008_0000_0000_9007);
        Assert.EndsWith("error code 9, a reserved bit is 1\n", Obey(guest, "walk 9123"));
    }

    [Fact]
    public void CodeIsReadFromRipOn()
    {
        using var guest = Guest();
        guest.Write(DeviceGuest.Rip, 0x88, 0x08, 0x90, 0x0F, 0x0B);
        string[] lines = Obey(guest, "dis rip 2").Split('\n');
        Assert.Equal("  00008000  88 08  mov byte [rax], cl", lines[0]);
        Assert.StartsWith("  00008002  90", lines[1]);
        Assert.Equal(Obey(guest, "disassemble 8000 8"), Obey(guest, "disassemble"));
    }

    // Frames lead upwards, and end where they do not.
    [Fact]
    public void TheStackIsFollowedByFrames()
    {
        using var guest = Guest();
        guest[VmcsNatural.GuestRsp] = 0xA000;
        guest.Registers.Rbp = 0xA010;
        guest.Write(0xA000, 0x1111ul);
        guest.Write(0xA010, 0xA020ul);
        guest.Write(0xA018, 0x4444ul);
        guest.Write(0xA020, 0xA010ul);
        guest.Write(0xA028, 0x5555ul);
        string stack = Obey(guest, "stack");
        Assert.StartsWith("  stack+00  0000000000001111\n", stack);
        Assert.EndsWith(
            "  frame 0: RIP 0000000000008000, frame pointer 000000000000A010\n" +
            "  frame 1: RIP 0000000000004444, frame pointer 000000000000A020\n" +
            "  frame 2: RIP 0000000000005555, frame pointer 000000000000A010\n", stack);
    }

    [Fact]
    public void FieldsAndRegistersAreShownByName()
    {
        using var guest = Guest();
        Assert.Equal("  681E GuestRip" + new string(' ', 35) + "8000\n", Obey(guest, "vmcs guestrip"));
        Assert.Equal(4, Obey(guest, "vmcs guestcs").Trim('\n').Split('\n').Length);
        Assert.True(Obey(guest, "vmcs").Split('\n').Length > 90);
        Assert.Equal("  MSR FEh: 0000000000000508\n", Obey(guest, "msr fe"));
        Assert.Contains("general protection", Obey(guest, "msr c0010000"));
        Assert.Contains("local APIC", Obey(guest, "msr 80b"));
        Assert.Contains("  RIP 0000000000008000", Obey(guest, "regs"));
    }

    // As many of the last exits as are asked for, oldest first; there may be fewer.
    [Fact]
    public void TheLastExitsAreShown()
    {
        using var guest = Guest();
        Vcpu* vcpu = guest.Vm->First;
        vcpu->Exits.Connect(ref vcpu->Registers);
        for (uint i = 0; i < 20; i++)
        {
            ExitRecord.Begin(&vcpu->Registers, (uint)ExitReason.Cpuid, 0x1000 + i);
            ExitRecord.Complete(vcpu->Registers.Exit, i * 100, 0x7000, i);
            vcpu->Registers.Exit->Verdict = (uint)Verdict.Advance;
        }

        string[] lines = Obey(guest, "trace 3").TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Matches("^  CPUID +1011 +200 +0 +went on +11 +7000$", lines[1]);
        Assert.Matches("^  CPUID +1013 +0 ", lines[3]);
        Assert.Equal(17, Obey(guest, "trace").TrimEnd('\n').Split('\n').Length);
        Assert.Contains("at most 16", Obey(guest, "trace 17"));
    }

    // A range without a name would be a device that nobody has told the monitor of.
    [Theory]
    [InlineData(VmFeatures.None)]
    [InlineData(VmFeatures.Pc)]
    internal void EachDeviceHasAName(VmFeatures flags)
    {
        using DeviceGuest guest = Guest(flags);
        DebugPort.Plug(&guest.Vm->Board, DebugPort.Firmware);
        TestDevice.Plug(&guest.Vm->Board);
        string[] lines = Obey(guest, "devices").TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Matches("^  (ports|memory|lines|local) .{20,} [a-zA-Z]", line));
        Assert.Contains("  ports 03F8-03FF               serial port", lines);
        Assert.Equal((flags & VmFeatures.Pc) != 0, lines.Contains("  memory FED00000-FED003FF      HPET"));
    }

    [Theory]
    [InlineData("mem\t9000\n", "memory 9000")]
    [InlineData("st\tack\n", "stack")]
    [InlineData("st\to\t\n", "stop ")]
    [InlineData("s\tn\t\n", "snapshot ")]
    [InlineData("help dis\t\n", "help disassemble ")]
    [InlineData("zz\t\n", "zz")]
    [InlineData("xyz\u0015walk 1\u007f2\n", "walk 2")]
    [InlineData("one\ntwo\ntwo\n\u001b[A\u001b[A\n", "one")]
    [InlineData("one\ntwo\n\u001b[A\u001b[A\u001b[A\u001b[B x\n", "two x")]
    [InlineData("one\nab\u001b[A\u001b[Bc\n", "c")]
    [InlineData("\u001b[1;5Cok\u001b[B\n", "ok")]
    public void ALineIsEdited(string typed, string last)
    {
        using var guest = Guest();
        ref MonitorLine line = ref ConsoleInput.Of(guest.Vm->Machine)->Line;
        SerialPortTests.Type(typed);
        string read = null;
        while (Host.Typed.Count != 0)
        {
            read = Encoding.Latin1.GetString(line.Read());
        }

        Assert.Equal(last, read);
    }

    [Fact]
    public void EightLinesAreKeptAndLongOnesCut()
    {
        using var guest = Guest();
        ref MonitorLine line = ref ConsoleInput.Of(guest.Vm->Machine)->Line;
        var read = new List<string>();
        SerialPortTests.Type(string.Concat(Enumerable.Range(0, 10).Select(i => $"line {i}\n")));
        SerialPortTests.Type(string.Concat(Enumerable.Repeat("\u001b[A", 20)) + "\n" + new string('x', 100) + "\n");
        while (Host.Typed.Count != 0)
        {
            read.Add(Encoding.Latin1.GetString(line.Read()));
        }

        Assert.Equal(["line 2", new string('x', MonitorLine.LongestLine)], read[10..]);
    }

    // Whatever the guest's tables, registers and stack hold, and whatever is typed: an answer, and not a page more.
    [Fact]
    public void NothingAGuestHasMadeUpMatters()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            using var guest = DeviceGuest.Of(seed % 3 == 0 ? "protected" : seed % 3 == 1 ? "long" : "real");
            guest.Vm->Processor->Loaded = guest.Vcpu;
            byte[] rubbish = new byte[0x8000];
            random.NextBytes(rubbish);
            guest.Write(0x1000, rubbish);
            for (int i = 0; i < 50; i++)
            {
                guest.Write((ulong)random.Next(0x1000, 0x8000) & ~7UL, ((ulong)random.Next(16) << 12) | 7);
            }

            for (int i = 0; i < 16; i++)
            {
                guest.Registers[i] = (ulong)random.NextInt64() >> random.Next(64);
            }

            guest[VmcsNatural.GuestRsp] = (ulong)random.NextInt64() >> random.Next(64);
            GuestMemoryUse before = GuestMemoryUse.Of(ref guest.Vm->Memory);
            byte[] held = guest.Read(0x1000, 0x8000);
            foreach (string word in (string[])["memory", "disassemble", "walk", "ept", "stack", "msr"])
            {
                Obey(guest, $"{word} {random.NextInt64() >> random.Next(64):x} {random.Next(300)}");
                Obey(guest, $"{word} r{random.Next(8, 16)}");
            }

            Assert.Equal(before.Pages, GuestMemoryUse.Of(ref guest.Vm->Memory).Pages);
            Assert.Equal(held, guest.Read(0x1000, 0x8000));
        }
    }

    private static DeviceGuest Guest(VmFeatures flags = VmFeatures.None)
    {
        DeviceGuest guest = DeviceGuest.Of("long", flags: flags);
        guest.Vm->Processor->Loaded = guest.Vcpu;
        return guest;
    }

    private static string Obey(DeviceGuest guest, string line)
    {
        Host.Written(Output.Log).Clear();
        Assert.True(HvMonitor.Obey(Output.Log, guest.Vm, guest.Vcpu, Encoding.Latin1.GetBytes(line)));
        return DeviceGuest.Log;
    }
}
