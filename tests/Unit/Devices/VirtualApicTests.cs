// A local APIC whose interrupts the processor delivers against one whose interrupts are injected: random guests that
// send, mask, end and nest interrupts see the same of both. And where it is virtual, what must not exit does not.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class VirtualApicTests
{
    private const int Steps = 120;
    private const int MostNested = 3;
    private const uint ApicBase = 0x1B, TaskPriority = 0x808, EndOfInterrupt = 0x80B, Spurious = 0x80F;
    private const uint ErrorStatus = 0x828, Command = 0x830, Lint0 = 0x835, ErrorEntry = 0x837, SelfIpi = 0x83F;
    private const ulong Off = 0xFEE0_0100, XApic = 0xFEE0_0900, X2Apic = 0xFEE0_0D00;

    // The 8259's vectors, those of a level-triggered input of the I/O APIC, and where the others begin.
    private const byte PicVector = 0x20, LevelVector = 0x30, FirstVector = 0x40;
    private const int LevelInput = 20, LevelSlots = 16, PicLine = 5;

    // All that can be read, but for what tells the time.
    private static readonly uint[] s_registers =
    [
        0x802, 0x803, TaskPriority, 0x80A, 0x80D, Spurious, .. Range(0x810, 24), ErrorStatus, Command,
        .. Range(0x832, 7), 0x83E,
    ];

    private readonly List<string> _seen = [];
    private Random _random;
    private CoreMachine _machine;
    private int _depth;

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 100));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void GuestSeesTheSame(int seed)
    {
        List<string> plain = Play(seed, hasPlainApic: true), virtual_ = Play(seed, hasPlainApic: false);
        for (int i = 0; i < plain.Count; i++)
        {
            Assert.True(
                plain[i] == virtual_.ElementAtOrDefault(i),
                $"seed {seed}, {i}:\nplain:   {plain[i]}\nvirtual: {virtual_.ElementAtOrDefault(i)}\nbefore:\n"
                + string.Join('\n', plain.Take(i).TakeLast(8)));
        }

        Assert.Equal(plain.Count, virtual_.Count);
    }

    // IPIs to itself, their ends, priorities and what can be read.
    [Fact]
    public void WhatTheProcessorDoesDoesNotExit()
    {
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        int taken = 0;
        machine.Guest.Handler = (guest, _) =>
        {
            taken++;
            guest.Wrmsr(EndOfInterrupt, 0);
        };
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr(ApicBase, X2Apic);
            guest.Wrmsr(Spurious, 0x1FF);
            TurnInterruptsOn(guest);
            int entries = machine.Processor.Vmx.Entries;
            for (int i = 0; i < 100; i++)
            {
                guest.Wrmsr(SelfIpi, (uint)i + FirstVector);
                guest.MovToCr8((uint)i % 3);
                guest.Wrmsr(TaskPriority, 0);
                Assert.Equal(0ul, guest.Rdmsr(0x80A) | guest.MovFromCr8());
            }

            Assert.Equal(100, taken);
            Assert.Equal(entries, machine.Processor.Vmx.Entries);
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        machine.Guest.AssertFinished();
    }

    // STI, HLT: the interrupt came before, and the guest is not to sleep over it.
    [Fact]
    public void AHaltedGuestSeesWhatWaits()
    {
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        int taken = 0;
        machine.Guest.Handler = (guest, _) =>
        {
            taken++;
            guest.Wrmsr(EndOfInterrupt, 0);
        };
        machine.Guest.Then(guest =>
        {
            guest.Wrmsr(ApicBase, X2Apic);
            guest.Wrmsr(Spurious, 0x1FF);
            guest.Wrmsr(SelfIpi, FirstVector);
            guest.Sti();
            guest.Hlt();
            Assert.Equal(1, taken);
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        machine.Guest.AssertFinished();
    }

    private Vm* Vm => VmSlots.Of(_machine.Machine)->At(0)->Vm;

    private static IEnumerable<uint> Range(int first, int count) =>
        Enumerable.Range(first, count).Select(number => (uint)number);

    private List<string> Play(int seed, bool hasPlainApic)
    {
        _random = new Random(seed);
        _depth = 0;
        _seen.Clear();
        using var machine = new CoreMachine();
        _machine = machine;
        machine.Config->Flags = VmFeatures.Pc;
        machine.Settings = machine.Settings with { HasPlainApic = hasPlainApic };
        machine.Guest.Handler = Handle;
        machine.Guest.Then(guest =>
        {
            TurnPicOn(guest);
            TurnOn(guest);
            for (int i = 0; i < Steps; i++)
            {
                Step(guest);
            }

            guest.Rflags = 2;
            guest.Hlt();
        });
        machine.Run();
        Assert.Contains(" ended: ", machine.Log);
        machine.Guest.AssertFinished();
        return [.. _seen];
    }

    private static void TurnPicOn(ScriptedGuest guest)
    {
        (ushort Port, byte Value)[] writes = [(0x20, 0x11), (0x21, PicVector), (0x21, 4), (0x21, 1), (0x21, 0)];
        foreach ((ushort port, byte value) in writes)
        {
            guest.Out8(port, value);
        }
    }

    private static void TurnInterruptsOn(ScriptedGuest guest)
    {
        guest.Sti();
        guest.Nop();
    }

    private void TurnOn(ScriptedGuest guest)
    {
        guest.Wrmsr(ApicBase, X2Apic);
        guest.Wrmsr(Spurious, 0x1FF);
        guest.Wrmsr(Lint0, _random.Next(2) == 0 ? 0x700u : 0x1_0000u);
        guest.Wrmsr(ErrorEntry, 0xE0);
    }

    // What came, what the chip says of it; then perhaps more of the same before its end, or no end at all.
    private void Handle(ScriptedGuest guest, GuestEvent received)
    {
        bool isOn = Vm->Board.Apic->Mode == ApicMode.X2Apic;
        _seen.Add($"got {received.Vector:X}, PPR {(isOn ? guest.Rdmsr(0x80A) : 0):X}");
        _depth++;
        if (_depth < MostNested && _random.Next(2) == 0)
        {
            TurnInterruptsOn(guest);
            Step(guest);
            guest.Cli();
        }

        _depth--;
        if (received.Vector is >= LevelVector and < LevelVector + LevelSlots)
        {
            SetLevel(guest, _random.Next(4) == 0);
        }

        if (received.Vector is >= PicVector and < PicVector + 8)
        {
            guest.Out8(0x20, 0x20);
        }
        else if (Vm->Board.Apic->Mode == ApicMode.X2Apic && _random.Next(8) != 0)
        {
            guest.Wrmsr(EndOfInterrupt, 0);
        }
    }

    private void Step(ScriptedGuest guest)
    {
        bool isOn = Vm->Board.Apic->Mode == ApicMode.X2Apic;
        byte vector = (byte)_random.Next(FirstVector, 256);
        switch (_random.Next(isOn ? 16 : 6))
        {
            case 0: SetLevel(guest, true); break;
            case 1: Send(guest, vector); break;
            case 2: SetPic(guest); break;
            case 3: guest.MovToCr8((ulong)_random.Next(16)); break;
            case 4: TurnInterruptsOn(guest); break;
            case 5: Switch(guest); break;
            case 6: guest.Cli(); break;
            case 7: guest.Wrmsr(SelfIpi, _random.Next(8) == 0 ? vector & 0xFu : vector); break;
            case 8: guest.Wrmsr(Command, 0x4_0000u | vector); break;
            case 9: guest.Wrmsr(TaskPriority, (uint)_random.Next(4) * 0x35u); break;
            case 10: guest.Wrmsr(EndOfInterrupt, 0); break;
            case 11: guest.Wrmsr(ErrorStatus, 0); break;
            case 12: guest.Wrmsr(Spurious, _random.Next(4) == 0 ? 0xFFu : 0x1FF); break;
            case 13: guest.Wrmsr(TaskPriority, 0); break;
            default: Read(guest); break;
        }

        _seen.Add($"CR8 {guest.MovFromCr8():X}");
    }

    private void Read(ScriptedGuest guest)
    {
        uint register = s_registers[_random.Next(s_registers.Length)];
        _seen.Add($"{register:X}: {guest.Rdmsr(register):X}");
    }

    // Mostly on again at once.
    private void Switch(ScriptedGuest guest)
    {
        switch (_random.Next(8))
        {
            case 0: guest.Wrmsr(ApicBase, Off); break;
            case 1 when Vm->Board.Apic->Mode != ApicMode.X2Apic: guest.Wrmsr(ApicBase, XApic); break;
            default:
                if (Vm->Board.Apic->Mode == ApicMode.Disabled)
                {
                    guest.Wrmsr(ApicBase, XApic);
                }

                TurnOn(guest);
                break;
        }
    }

    // From outside; the hypervisor finds it at the next exit.
    private void Send(ScriptedGuest guest, byte vector)
    {
        InterruptRouting.Send(&Vm->Board, new InterruptMessage { Destination = byte.MaxValue, Vector = vector });
        guest.Cpuid(0);
    }

    private void SetLevel(ScriptedGuest guest, bool isHigh)
    {
        if (isHigh)
        {
            uint entry = 0x8000u + LevelVector + (uint)_random.Next(LevelSlots);
            InterruptRouting.WriteIoApic(&Vm->Board, 0, 4, 0x11 + (2 * LevelInput));
            InterruptRouting.WriteIoApic(&Vm->Board, 0x10, 4, 0xFF00_0000);
            InterruptRouting.WriteIoApic(&Vm->Board, 0, 4, 0x10 + (2 * LevelInput));
            InterruptRouting.WriteIoApic(&Vm->Board, 0x10, 4, entry);
        }

        InterruptRouting.SetLine(&Vm->Board, LevelInput, isHigh);
        guest.Cpuid(0);
    }

    private void SetPic(ScriptedGuest guest)
    {
        InterruptRouting.SetLine(&Vm->Board, PicLine, _random.Next(2) == 0);
        guest.Cpuid(0);
    }
}
