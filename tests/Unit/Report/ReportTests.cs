// What a run writes, to the letter: the end of a guest, its state, its exits told one by one, its control words.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Report;

public sealed unsafe class ReportTests
{
    [Fact]
    public void TheReportOfAHaltedGuest()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest => guest.Out8(CoreMachine.SerialData, (byte)'!')).Then(guest => guest.Hlt());
        Assert.True(machine.Run());
        string[] lines = machine.Log.Split('\n');
        int start = Array.IndexOf(lines, "guest 'test' ended: HLT with nothing left that could wake it, RIP 1002");
        Assert.True(start >= 0, machine.Log);
        Assert.Equal(
            "  exits                           count       timed       ticks         ticks each", lines[start + 1]);
        Assert.StartsWith("  HLT                             1           ", lines[start + 2]);
        Assert.StartsWith("  I/O instruction                 1           ", lines[start + 3]);
        Assert.Equal(
            "  memory 1 pages (identity 0, substituted 1), EPT tables 4; entries 2, events injected 0",
            lines[start + 4]);
        Assert.Equal("  leaves 1 of 4 KiB, 0 of 2 MiB, 0 of 1 GiB", lines[start + 5]);
        Assert.StartsWith(
            "minusone: guest name=test end=halt expected=yes exits=2 entries=2 pages=1 tables=4 guest-ticks=",
            lines[start + 6]);

        // VMXON region, VMCS, three bitmaps and the APIC page; what is kept of the guest, its processor, its extended
        // state and its memory; the four tables.
        Assert.EndsWith(" own-frames=15", lines[start + 6]);
        Assert.Equal("VMCLEAR; every frame has come back", lines[start + 7]);
        Assert.Equal("VT-x off", lines[start + 8]);
    }

    // CPUID is finished on the short path.
    [Fact]
    public void WhatIsCountedAndNotTimedIsSaid()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0);
            guest.Cpuid(2);
            guest.Hlt();
        });
        Assert.True(machine.Run());
        Assert.Contains("\n  CPUID                           2           0           0             0\n", machine.Log);
        Assert.Contains("\n  HLT                             1           1           ", machine.Log);
    }

    // Virtual interrupts are delivered without an exit; nobody can count them.
    [Theory]
    [InlineData(true, "events injected 0\n")]
    [InlineData(false, "events injected 0 beside what the processor delivers\n")]
    public void WhatIsNotSeenIsSaid(bool hasPlainApic, string expected)
    {
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        machine.Settings = machine.Settings with { HasPlainApic = hasPlainApic };
        machine.Guest.Then(guest => guest.Hlt());
        Assert.True(machine.Run());
        Assert.Contains(expected, machine.Log);
    }

    [Theory]
    [InlineData(GuestEnd.DebugExit, 42u, true)]
    [InlineData(GuestEnd.DebugExit, 0u, false)]
    [InlineData(GuestEnd.Reset, 42u, false)]
    [InlineData(GuestEnd.None, 0u, false)]
    internal void TheExitPortsValueDecidesIfItIsAskedFor(GuestEnd expected, uint value, bool isGood)
    {
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        machine.Settings = machine.Settings with { ExpectedEnd = expected, ExpectedValue = value };
        machine.Guest.Then(guest => guest.Out8(0xF4, 42));
        Assert.Equal(isGood, machine.Run());
        string word = isGood ? "yes" : "no";
        Assert.Contains($"minusone: guest name=test end=debug-exit value=42 expected={word} ", machine.Log);
    }

    [Fact]
    public void TheStateOfAGuestInTrouble()
    {
        using var machine = new CoreMachine();
        machine.Config->Start.Mode = StartMode.Protected;
        machine.Guest.Then(guest =>
        {
            guest.Registers.Rax = 0x1234;
            guest.Registers.R15 = 0xFEDC_BA98_7654_3210;
            guest.Exit(Exits.Unknown(300));
        });
        Assert.False(machine.Run());
        Assert.Contains("  last exit 300 (", machine.Log);
        Assert.Contains("  RAX 0000000000001234 ", machine.Log);
        Assert.Contains(" R15 FEDCBA9876543210\n", machine.Log);
        Assert.Contains("  RIP 0000000000001000 RFLAGS 00000002 DR7 00000400 EFER 0000\n", machine.Log);
        Assert.Contains("(guest sees 00000011)", machine.Log);
        Assert.Contains("  CS  0008 base 0000000000000000 limit FFFFFFFF rights 0C09B\n", machine.Log);
        Assert.Contains("  TR  0000 base 0000000000000000 limit 0000FFFF rights 0008B\n", machine.Log);
        Assert.Contains("  bytes at RIP: F4 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n", machine.Log);
    }

    // Oldest first, the short path's without what it does not know.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheLastExitsOfAGuestThatEndsOtherwise(bool hasShortPath)
    {
        using var machine = new CoreMachine();
        machine.Processor.HasShortPath = hasShortPath;
        machine.Guest.Then(guest =>
        {
            for (int i = 0; i < 20; i++)
            {
                guest.Cpuid(0);
            }

            guest.Out16(0x1F0, 0xBEEF);
            guest.Exit(Exits.TripleFault());
        });
        Assert.False(machine.Run());
        string[] lines = [.. machine.Log.Split('\n').SkipWhile(line => !line.StartsWith("  last exits "))
            .Skip(1).Take(ExitRing.Records + 1)];
        Assert.All(lines[..14], line => Assert.StartsWith("  CPUID  ", line));
        Assert.All(lines[..14], line => Assert.Equal(!hasShortPath, line.Contains(" went on ")));
        Assert.StartsWith("  I/O instruction                 1028 ", lines[14]);
        Assert.Matches(" went on +1F00001 +0$", lines[14]);
        Assert.StartsWith("  triple fault ", lines[15]);
        Assert.Contains(" ended ", lines[15]);
        Assert.StartsWith("  exits ", lines[16]);
    }

    [Fact]
    public void ATraceTellsEveryExit()
    {
        using var machine = new CoreMachine();
        machine.Settings = new RunSettings { Trace = true };
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0x8000_0000, 3);
            guest.Out16(0x1F0, 0xBEEF);
            guest.In8(0x64);
            guest.Read8(new Gpa(0x8000));
            guest.Write8(new Gpa(0x9000), 1);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        string[] told =
        [
            "  | exit 10 CPUID at 1000: leaf 80000000, subleaf 3",
            "  | exit 30 I/O instruction at 1002: OUT, 2 bytes, port 01F0, value BEEF, qualification 1F00001",
            "  | exit 30 I/O instruction at 1004: IN, 1 bytes, port 0064, qualification 640008",
            ": read of guest-physical 8000, not present, qualification ",
            ": write of guest-physical 9000, not present, qualification ",
            "  | exit 12 HLT at ",
        ];
        Assert.All(told, line => Assert.Contains(line, machine.Log));
        Assert.Equal("", machine.Console);
    }

    // Each exit by itself, its decoding to the letter. The guest ends with it or goes on: that is not the point here.
    [Fact]
    public void EveryKindOfExitIsDecoded()
    {
        Expect(": MOV CR4, RCX = 7", Exits.MovToCr(4, 1));
        Expect(": MOV RDX, CR3", Exits.MovFromCr(3, 2));
        Expect(": CLTS", Exits.Clts());
        Expect(": LMSW 1234", Exits.Lmsw(0x1234));
        Expect(": MSR 7\n", Exits.Rdmsr());
        Expect(": MSR 7 = 00000009000000A0\n", Exits.Wrmsr());
        Expect(": EAX A0\n", Exits.Vmcall());
        Expect(": DR7\n", Exits.MovDr(7, 0, false));
        Expect(": XCR7 = A0\n", Exits.Xsetbv());
        Expect(": vector 6\n", Exits.Exception(6));
        Expect(": vector 13, error code 18\n", Exits.Exception(13, 0x18));
        Expect(": vector 14, error code 2, address 1234\n", Exits.Exception(14, 2, 0x1234));
        Expect(": vector 20\n", Exits.ExternalInterrupt(0x20));
        Expect(": not acknowledged, the vector is not known\n", Exits.ExternalInterrupt(null));
        Expect(
            ": OUT, 1 bytes, port 0070, string, REP, ", Exits.StringIo(false, 1, 0x70, new Gva(0x1000), true));
        Expect(": IN, 4 bytes, port 0070, string, ", Exits.StringIo(true, 4, 0x70, new Gva(0x1000), false));
        Expect(
            ": fetch of guest-physical 12345000 by the guest's own page walk, " +
            "present with fewer rights, qualification ",
            Exits.EptViolation(new Gpa(0x1234_5000), Access.Execute, Access.Read, new Gva(1), isFinal: false));
    }

    // On the console: the exits a configuration is about, without its own printing; before them the control words.
    [Fact]
    public void ANarratedSceneTellsItsOwnExits()
    {
        using var machine = new CoreMachine();
        machine.Lesson->Features = LessonFeatures.Narrate;
        machine.Expect((ExitReason.Cpuid, 1, 1), (ExitReason.IoInstruction, 0, 9));
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(1);
            guest.Out8(CoreMachine.SerialData, (byte)'x');
            guest.In8(0x61);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.StartsWith("  | pin-based 0000007F: external-interrupt exiting, ", machine.Console);
        Assert.Contains("  | secondary ", machine.Console);
        Assert.Contains(", unrestricted guest", machine.Console);
        Assert.Contains("  | exit 10 CPUID at 1000: leaf 1, subleaf 0\nx", machine.Console);
        Assert.Contains("port 0061", machine.Console);
        Assert.DoesNotContain("port 03F8", machine.Console);
        Assert.DoesNotContain("HLT at", machine.Console);
        Assert.DoesNotContain("| exit", machine.Log);
    }

    // One PAUSE in a loop: ten lines, and one that says there are more. Another exit begins anew.
    [Fact]
    public void WhatRepeatsIsToldTenTimes()
    {
        using var machine = new CoreMachine();
        machine.Lesson->Features = LessonFeatures.Narrate;
        machine.Expect((ExitReason.Pause, 0, 99), (ExitReason.Cpuid, 0, 99));
        machine.Guest.Then(guest =>
        {
            Spin(guest, 30);
            guest.Cpuid(1);
            Spin(guest, 11);
            guest.Hlt();
        });
        machine.Run();
        Assert.Equal(20, machine.Console.Split("PAUSE at 1000\n").Length - 1);
        Assert.Equal(2, machine.Console.Split("PAUSE at 1000\n  | and so on\n").Length - 1);
    }

    [Fact]
    public void EveryEndHasAWordAndASentence()
    {
        Assert.All(Enum.GetValues<GuestEnd>(), end => Assert.NotEqual("?", Text(GuestEnds.Word(end))));
        Assert.Equal("?", Text(GuestEnds.Word((GuestEnd)99)));
        Assert.All(
            Enum.GetValues<GuestEnd>(),
            end => Assert.Equal(end is GuestEnd.None or GuestEnd.Computed, Names.OfEnd((uint)end).IsEmpty));
    }

    [Fact]
    public void CountersAddUp()
    {
        var counters = default(Counters);
        counters.Count(10, 5);
        counters.Count(10, 7);
        counters.Count(200, 1);
        counters.Count(uint.MaxValue, 1);
        Assert.Equal(
            (2ul, 12ul, 2ul, 4ul),
            (counters.Exits(10), counters.Ticks(10), counters.Exits(86), FinalReport.Total(counters)));
    }

    private static void Spin(ScriptedGuest guest, int times)
    {
        for (int i = 0; i < times; i++)
        {
            guest.Rip = 0x1000;
            guest.Exit(Exits.Pause());
        }
    }

    private static void Expect(string text, GuestExit exit)
    {
        using var machine = new CoreMachine();
        machine.Settings = new RunSettings { Trace = true };
        machine.Guest.Then(guest =>
        {
            (guest.Registers.Rax, guest.Registers.Rcx, guest.Registers.Rdx) = (0xA0, 7, 9);
            guest.Exit(exit);
            guest.Exit(Exits.TripleFault());
        });
        machine.Run();
        Assert.Contains(text, machine.Log);
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
