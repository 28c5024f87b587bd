// A controller for USB, and whatever hangs at it, that say what the input of a fuzzer says: events that nobody has
// waited for, answers of any bytes, ports that come and go. It looks like one from far.

using System;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Keys;
using MinusOne.Efi.Metal.Usb;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Fuzz;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

internal sealed unsafe class LyingXhci : IRegisters
{
    private const ulong Hertz = 1_000_000_000;
    private const int MostPolls = 200;
    private const int MostTold = 4;
    private const uint Operational = 0x40, Ports = Operational + 0x400, Runtime = 0x1000, Doorbells = 0x2000;

    // Seconds that may go by at the start, and in one look.
    private const ulong Longest = 60;

    private readonly InputRandom _random;
    private readonly byte* _pages;
    private readonly int _bytes;
    private ulong _command;
    private int _told;
    private bool _runs;
    private uint _low;

    private LyingXhci(InputRandom random, byte* pages, int bytes)
    {
        _random = random;
        _pages = pages;
        _bytes = bytes;
    }

    public static void Play(InputRandom random)
    {
        Cpu.Soft = new SoftProcessor { ReadTicks = Hertz / 1000 };
        int bytes = (6 + (XhciController.MostDevices * UsbDevice.Pages)) * 4096;
        byte* pages = (byte*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)bytes, 4096);
        new Span<byte>(pages, bytes).Clear();
        try
        {
            Mmio.Device = new LyingXhci(random, pages, bytes);
            Drive(random, pages);
        }
        finally
        {
            Mmio.Device = null;
            System.Runtime.InteropServices.NativeMemory.AlignedFree(pages);
        }
    }

    private static void Drive(InputRandom random, byte* pages)
    {
        KeyTyping typing = default;
        XhciController controller = default;
        var registers = new XhciRegisters(0, XhciPlace.Length);
        Assert.True(XhciController.CanDrive(registers));
        ulong before = Cpu.Soft.Tsc;
        if (controller.TryTakeOver(registers, Hertz))
        {
            controller.Start(pages, &typing);
        }

        ulong start = Cpu.Soft.Tsc;
        Assert.InRange(start - before, 0ul, Longest * Hertz);
        for (int i = 0; i < MostPolls && !random.IsOver && !controller.IsDead; i++)
        {
            ulong began = Cpu.Soft.Tsc;
            ((LyingXhci)Mmio.Current).Tell(random.Next(MostTold));
            controller.Poll();
            Assert.InRange(Cpu.Soft.Tsc - began, 0ul, Longest * Hertz);
            Assert.InRange(controller.Keyboards, 0, XhciController.MostDevices);
            while (typing.TryTake(out _))
            {
                // Whatever it is.
            }
        }

        // Guests have waited a part of a long time.
        Assert.InRange(Cpu.Soft.Tsc - start, 0ul, 3 * Longest * Hertz);
    }

    public uint Read(uint offset) => offset switch
    {
        0x00 => 0x0110_0000 | Operational,
        0x04 => (4 << 24) | 8,
        0x08 => 0,
        0x10 => 1 | ((uint)_random.Next(2) << 2),
        0x14 => Doorbells,
        0x18 => Runtime,
        Operational => _random.Next(50) == 1 ? 2u : 0,
        Operational + 4 => _random.Next(50) == 1 ? (uint)_random.Next(4096) : _runs ? 0 : 1u,
        Operational + 8 => 1,
        >= Ports and < Ports + 0x40 when _random.Next(8) != 1 => 0x22_0203 | (uint)_random.Next(6) << 10,
        _ => (uint)_random.Next(),
    };

    public void Write(uint offset, uint value)
    {
        switch (offset)
        {
            case Operational:
                _runs = (value & 1) != 0;
                break;
            case Operational + 0x18:
                _low = value & ~0x3Fu;
                break;
            case Operational + 0x1C:
                _command = _low | ((ulong)value << 32);
                break;
            case Doorbells:
                Answer(BlockKind.CommandEvent, _command);
                _command += 16;
                break;
            case > Doorbells and <= Doorbells + 64:
                Fill();
                Answer(BlockKind.TransferEvent, 0, (offset - Doorbells) / 4, value);
                break;
            default:
                break;
        }
    }

    // Mostly what is waited for.
    private void Answer(BlockKind kind, ulong parameter, uint slot = 0, uint target = 0)
    {
        Tell(_random.Next(8) == 1 ? _random.Next(MostTold) : 0);
        if (_random.Next(16) != 1)
        {
            slot = slot == 0 || _random.Next(16) == 1 ? 1 + (uint)_random.Next(9) : slot;
            uint code = _random.Next(8) == 1 ? (uint)_random.Next(40) : 1;
            Put(kind, parameter, code << 24, (slot << 24) | (target << 16));
        }
    }

    private void Tell(int count)
    {
        for (int i = 0; i < count; i++)
        {
            uint rest = (uint)_random.Next(10) << 24 | (uint)_random.Next(8) << 16;
            Put((BlockKind)(32 + _random.Next(4)), (ulong)_random.Next(), (uint)_random.Next() | (1u << 24), rest);
        }
    }

    // What devices say, somewhere in their pages: descriptors among it.
    private void Fill()
    {
        int place = _random.Next(XhciController.MostDevices);
        var answer = new Span<byte>(_pages + ((6 + (place * UsbDevice.Pages) + 3) * 4096), 128);
        if (_random.Next(2) == 1)
        {
            byte kind = (byte)(_random.Next(2) == 1 ? 9 : 3);
            ReadOnlySpan<byte> good =
                [9, 2, 34, 0, 1, 1, 0, 0, 0, 9, 4, 0, 0, 1, kind, 1, 1, 0, 7, 5, 0x81, 3, 8, 0, 9];
            good.CopyTo(answer);
            return;
        }

        for (int i = 0; i < 16; i++)
        {
            answer[_random.Next(answer.Length)] = (byte)_random.Next(256);
        }
    }

    private void Put(BlockKind kind, ulong parameter, uint status, uint rest)
    {
        var block = (TransferBlock*)(_pages + (2 * 4096)) + (_told % XhciRing.Blocks);
        (block->Parameter, block->Status) = (parameter, status);
        block->Control = ((uint)kind << 10) | rest | (_told++ / XhciRing.Blocks % 2 == 0 ? 1u : 0);
        Assert.InRange(((byte*)block) - _pages, 0, _bytes);
    }
}
