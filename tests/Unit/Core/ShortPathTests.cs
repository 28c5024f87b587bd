// The short path against the long one: the same random guest under both, and the guest sees the same: registers, RIP,
// flags, blocking and events after every instruction, and as many exits in the end.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class ShortPathTests
{
    private const int Instructions = 60;
    private const uint ApicBase = (uint)Msr.ApicBase;
    private const ulong X2Apic = 0xFEE0_0D00;

    private static readonly uint[] s_leaves =
    [
        0, 1, 2, 3, 4, 5, 6, 7, 0xA, 0xB, 0xD, 0x15, 0x16, 0x17, 0xFFFF, 0x4000_0000, 0x4000_0001, 0x4000_0010,
        0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0008, 0x8000_0009, 0x8000_0018, 0xFFFF_FFFF,
    ];

    private static readonly ushort[] s_ports =
    [
        0x20, 0x21, 0xA0, 0xA1, 0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC, 0x3FD, 0x3FE, 0x3FF, 0x4D0, 0x4D1, 0x60, 0xE9,
        0x1234,
        0x1020, 0xFFF8, 0,
    ];

    // Without the timer's counter and what sets it: those tell the time, and the two ways do not take the same.
    private static readonly uint[] s_msrs =
    [
        ApicBase, 0x802, 0x803, 0x808, 0x80A, 0x80B, 0x80D, 0x80F, 0x810, 0x817, 0x820, 0x827, 0x828, 0x830, 0x835,
        0x836,
        0x837, 0x83F, 0x840, 0x10A, 0x1234,
    ];

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 60));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void GuestSeesTheSame(int seed)
    {
        (List<string> Seen, string End, int Short) longWay = Play(seed, hasShortPath: false);
        (List<string> Seen, string End, int Short) shortWay = Play(seed, hasShortPath: true);
        Assert.Equal(0, longWay.Short);
        Assert.True(shortWay.Short > 0, $"seed {seed}: the short path was never taken");
        Compare(seed, longWay.Seen, shortWay.Seen);
        Assert.Equal(longWay.End, shortWay.End);
    }

    // And with virtual-interrupt delivery, by both ways.
    [Theory]
    [MemberData(nameof(Seeds))]
    public void GuestSeesTheSameOfAVirtualApic(int seed)
    {
        List<string> plain = Play(seed, hasShortPath: false).Seen;
        Compare(seed, plain, Play(seed, hasShortPath: false, hasPlainApic: false).Seen);
        Compare(seed, plain, Play(seed, hasShortPath: true, hasPlainApic: false).Seen);
    }

    // Each has one frame.
    [Fact]
    public void GuestAndProcessorFitTheirFrames() => Assert.True(
        sizeof(Vm) <= 4096 && sizeof(Vcpu) <= 4096, $"Vm has {sizeof(Vm)} bytes, Vcpu {sizeof(Vcpu)}");

    // A run that wants to see every exit sees it.
    [Fact]
    public void TraceClosesIt()
    {
        using var machine = new CoreMachine();
        machine.Settings = machine.Settings with { Trace = true };
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal(0, machine.Processor.ShortExits);
        Assert.Contains("CPUID", machine.Log);
    }

    private static void Compare(int seed, List<string> one, List<string> other)
    {
        for (int i = 0; i < one.Count; i++)
        {
            Assert.True(one[i] == other.ElementAtOrDefault(i),
                $"seed {seed}, instruction {i}:\none:   {one[i]}\nother: {other.ElementAtOrDefault(i)}");
        }
    }

    private static (List<string> Seen, string End, int Short) Play(
        int seed, bool hasShortPath, bool hasPlainApic = true)
    {
        using var machine = new CoreMachine();
        machine.Settings = machine.Settings with { HasPlainApic = hasPlainApic };
        machine.Processor.HasShortPath = hasShortPath;
        machine.Config->Flags = VmFeatures.Pc;
        var random = new Random(seed);
        var seen = new List<string>();
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr(ApicBase, X2Apic);
            guest.Wrmsr(0x80F, 0x1FF);
            for (int i = 0; i < Instructions; i++)
            {
                Prepare(guest, random);
                seen.Add(Step(guest, random) + Show(guest));
            }

            guest.Rflags = 2;
            guest.Cli();
            guest.Hlt();
        });
        machine.Run();
        return (seen, machine.Console + Ending(machine.Log), machine.Processor.ShortExits);
    }

    private static string Ending(string log) =>
        log.Split(" guest-ticks=")[0].Split('\n')[^1];

    // Whatever an instruction may find around it.
    private static void Prepare(ScriptedGuest guest, Random random)
    {
        for (int i = 0; i < 16; i++)
        {
            guest.Registers[i] = i == 4 ? guest.Registers[i] : (ulong)random.NextInt64();
        }

        ulong rip = (ulong)random.Next(0x100, 0x8000);
        guest.Rip = random.Next(8) == 0 ? 0xFFFF - (ulong)random.Next(3) : rip;
        guest.Rflags = 2 | (random.Next(4) == 0 ? (ulong)Rflags.Resume : 0)
            | (random.Next(8) == 0 ? (ulong)Rflags.Trap : 0);
        guest.Blocking = 0;
        switch (random.Next(4))
        {
            case 0: guest.Rflags |= (ulong)Rflags.InterruptEnable; break;
            case 1: guest.Sti(); break;
        }
    }

    private static string Step(ScriptedGuest guest, Random random)
    {
        int kind = random.Next(8);
        ushort port = s_ports[random.Next(s_ports.Length)];
        uint msr = s_msrs[random.Next(s_msrs.Length)];
        uint leaf = s_leaves[random.Next(s_leaves.Length)];
        byte value = (byte)random.Next(256);
        ulong wide = random.Next(3) switch { 0 => 0, 1 => value, _ => (ulong)random.NextInt64() };
        wide = msr == ApicBase ? X2Apic : msr == 0x830 ? 0x4_0000u | value : wide;
        try
        {
            switch (kind)
            {
                case 0: guest.Cpuid(leaf, leaf is 4 or 7 or 0xB or 0xD ? value & 3u : 0); break;
                case 1: guest.Vmcall(); break;
                case 2: guest.In8(port); break;
                case 3: guest.Out8(port, value); break;
                case 4: guest.Rdmsr(msr); break;
                case 5: guest.Wrmsr(msr, wide); break;
                case 6: guest.Write64(new Gpa((ulong)(value & 0xF) << 12), wide); break;
                default: guest.In16(port); break;
            }
        }
        catch (GuestFaultException)
        {
            // It is in the list of events.
        }

        return $"kind {kind}, leaf {leaf:X}, port {port:X}, MSR {msr:X}, {wide:X}: ";
    }

    private static string Show(ScriptedGuest guest)
    {
        ulong[] registers = new ulong[16];
        for (int i = 0; i < 16; i++)
        {
            registers[i] = i == 4 ? 0 : guest.Registers[i];
        }

        // After a fault that nobody handles, RF is the script's affair, and so is an error code in real mode.
        bool hasFault = guest.Events.Any(received => received.IsException);
        ulong flags = guest.Rflags & ~(hasFault ? (ulong)Rflags.Resume : 0);
        string events = string.Join(", ", guest.Events).Replace(" (0)", "");
        guest.Events.Clear();
        return $"{string.Join(' ', registers.Select(register => register.ToString("X")))} rip {guest.Rip:X} "
            + $"flags {flags:X} blocking {guest.Blocking:X} got [{events}]";
    }
}
