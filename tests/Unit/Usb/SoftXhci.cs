// A controller for USB as the specification has it, strict about what it is given: a wrong context, an endpoint that
// nobody has configured or an order out of turn is refused as hardware would, or fails the test where hardware would
// do damage. xHCI specification 1.2, 4 Operational Model, 5 Register Interface.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Usb;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

internal sealed unsafe class SoftXhci : IRegisters
{
    public const uint Ports = 4;
    private const uint Operational = 0x40, PortRegisters = Operational + 0x400, Runtime = 0x1000, Doorbells = 0x2000;
    private const uint Legacy = 0x500;
    private const uint ParameterError = 17, StallError = 6, Success = 1, ShortPacket = 13, SlotNotEnabled = 11;

    private readonly uint[] _ports = new uint[Ports + 1];
    private readonly SoftSlot[] _slots = new SoftSlot[9];
    private readonly Dictionary<uint, uint> _registers = [];
    private TransferBlock* _command;
    private uint _commandCycle;
    private TransferBlock* _event;
    private int _eventsWritten;
    private uint _eventCycle = 1;
    private bool _runs;

    // What hangs at each port, from 1.
    public SoftUsbDevice[] Devices { get; } = new SoftUsbDevice[Ports + 1];

    // What goes wrong: firmware keeps it, it does not reset, or it answers no order.
    public bool IsKept { get; set; }
    public bool NeverResets { get; set; }
    public bool NeverAnswers { get; set; }
    public int LongContext { get; set; } = 64;
    public uint Scratchpads { get; set; } = 3;
    public bool HasShortAddresses { get; set; }

    public int Resets { get; private set; }

    public int Enabled => _slots.Count(slot => slot != null);

    public uint Read(uint offset) => offset switch
    {
        0x00 => 0x0110_0000 | Operational,
        0x04 => (Ports << 24) | 8,
        0x08 => Scratchpads << 27,
        0x10 => ((Legacy / 4) << 16) | (LongContext == 64 ? 4u : 0) | (HasShortAddresses ? 0u : 1),
        0x14 => Doorbells,
        0x18 => Runtime,
        Operational + 4 => (_runs ? 0u : 1) | (NeverResets ? 1u << 11 : 0),
        Operational + 8 => 1,
        Legacy => 1 | (_registers.GetValueOrDefault(Legacy) & (1 << 24)) | (IsKept || !IsOurs ? 1u << 16 : 0),
        >= PortRegisters and < PortRegisters + (Ports * 16) when offset % 16 == 0 =>
            _ports[((offset - PortRegisters) / 16) + 1],
        _ => _registers.GetValueOrDefault(offset),
    };

    private bool IsOurs => (_registers.GetValueOrDefault(Legacy) & (1 << 24)) != 0;

    public void Write(uint offset, uint value)
    {
        switch (offset)
        {
            case Operational:
                SetCommand(value);
                break;
            case >= PortRegisters and < PortRegisters + (Ports * 16):
                SetPort(((offset - PortRegisters) / 16) + 1, value);
                break;
            case >= Doorbells and <= Doorbells + (8 * 4):
                Assert.True(_runs);
                Ring((offset - Doorbells) / 4, value);
                break;
            default:
                _registers[offset] = value;
                break;
        }
    }

    // As if a hand did it, at any time.
    public void Plug(uint port, SoftUsbDevice device)
    {
        Devices[port] = device;
        _ports[port] = 1 << 9 | 1 << 17 | (device != null ? 1u : 0);
        if (_runs)
        {
            Tell(BlockKind.PortEvent, port << 24, 1, 0);
        }
    }

    // What a device has to say, if anybody listens.
    public bool Say(SoftUsbDevice device, uint code, params byte[] bytes)
    {
        SoftSlot slot = _slots.Single(one => one?.Device == device);
        if (slot.News == null || !SoftSlot.TryTake(ref slot.News, ref slot.NewsCycle, out TransferBlock* block))
        {
            return false;
        }

        Assert.Equal(BlockKind.Normal, block->Kind);
        new ReadOnlySpan<byte>(bytes).CopyTo(new Span<byte>((void*)block->Parameter, (int)block->Residue));
        uint rest = block->Residue - (uint)bytes.Length;
        uint target = slot.Target;
        Tell(BlockKind.TransferEvent, (ulong)block, (code << 24) | rest, (slot.Number << 24) | (target << 16));
        slot.News = code is Success or ShortPacket ? slot.News : null;
        return true;
    }

    private void SetCommand(uint value)
    {
        if ((value & 2) != 0)
        {
            Resets++;
            Assert.False(_runs);
            Assert.True(IsOurs);
            _registers.Remove(Operational + 0x38);
            if (NeverResets)
            {
                _registers[Operational] = value;
            }

            for (uint port = 1; port <= Ports; port++)
            {
                _ports[port] = 1 << 9 | (Devices[port] != null ? 1u | (1 << 17) : 0);
            }

            return;
        }

        _runs = (value & 1) != 0;
        if (_runs)
        {
            ulong ring = Long(Operational + 0x18);
            _command = (TransferBlock*)(ring & ~0x3FUL);
            _commandCycle = (uint)ring & 1;
            ulong* segment = (ulong*)Long(Runtime + 0x30);
            Assert.Equal(256ul, segment[1]);
            _event = (TransferBlock*)segment[0];
            ulong* own = (ulong*)*(ulong*)Long(Operational + 0x30);
            Assert.All(Enumerable.Range(0, (int)Scratchpads), i => Assert.True(own[i] != 0 && own[i] % 4096 == 0));
        }
    }

    private ulong Long(uint offset) => _registers.GetValueOrDefault(offset)
        | (HasShortAddresses ? 0 : (ulong)_registers.GetValueOrDefault(offset + 4) << 32);

    private void SetPort(uint port, uint value)
    {
        _ports[port] &= ~(value & (0x7F << 17));
        Assert.True((value & 2) == 0, "the port was disabled");
        if ((value & 0x10) != 0 && Devices[port] != null)
        {
            _ports[port] |= 2 | (1 << 21) | ((uint)Devices[port].Speed << 10);
            Tell(BlockKind.PortEvent, port << 24, 1, 0);
        }
    }

    private void Ring(uint slot, uint target)
    {
        if (slot != 0)
        {
            Assert.NotNull(_slots[slot]);
            if (target == 1 && !NeverAnswers && _slots[slot].Device?.IsSilent == false)
            {
                Obey(_slots[slot]);
            }

            return;
        }

        while (!NeverAnswers && SoftSlot.TryTake(ref _command, ref _commandCycle, out TransferBlock* block))
        {
            uint number = block->Kind == BlockKind.EnableSlot ? Free() : block->Slot;
            uint code = Do(*block, number);
            Tell(BlockKind.CommandEvent, (ulong)block, code << 24, number << 24);
        }
    }

    private uint Free()
    {
        uint number = (uint)Array.IndexOf(_slots, null, 1);
        Assert.InRange(number, 1u, _registers[Operational + 0x38]);
        return number;
    }

    private uint Do(in TransferBlock block, uint number)
    {
        if (block.Kind == BlockKind.EnableSlot)
        {
            _slots[number] = new SoftSlot { Number = number };
            return Success;
        }

        SoftSlot slot = _slots[number];
        if (slot == null)
        {
            return SlotNotEnabled;
        }

        var input = new SoftInput((byte*)block.Parameter, LongContext);
        switch (block.Kind)
        {
            case BlockKind.DisableSlot:
                _slots[number] = null;
                return Success;
            case BlockKind.AddressDevice:
                Assert.NotEqual(0ul, ((ulong*)Long(Operational + 0x30))[number]);
                slot.Device = input.Find(this, _slots);
                bool isGood = input.Flags == 3 && input.Kind(1) == 4 && slot.Device != null
                    && input.Speed == slot.Device.Speed && input.Packet(1) == slot.Device.OwnPacket;
                slot.Orders = input.Ring(1, out slot.OrdersCycle);
                return isGood ? Success : ParameterError;
            case BlockKind.EvaluateContext:
                slot.Device.Evaluated = input.Packet(1);
                return input.Flags == 2 ? Success : ParameterError;
            case BlockKind.ConfigureEndpoint:
                return Configure(slot, input);
            case BlockKind.ResetEndpoint or BlockKind.StopEndpoint:
                return Success;
            case BlockKind.SetDequeue:
                TransferBlock* position = (TransferBlock*)(block.Parameter & ~0xFUL);
                uint cycle = (uint)block.Parameter & 1;
                slot.SetPosition(block.Endpoint == 1, position, cycle);
                return Success;
            default:
                Assert.Fail($"{block.Kind}");
                return 0;
        }
    }

    private static uint Configure(SoftSlot slot, SoftInput input)
    {
        slot.Target = (2u * slot.Device.Endpoint) + 1;
        slot.News = input.Ring(slot.Target, out slot.NewsCycle);
        return input.Flags == (1 | (1u << (int)slot.Target)) && input.Entries == slot.Target
            && input.Kind(slot.Target) == 7 && input.Packet(slot.Target) == slot.Device.Packet
            && input.IsHub == (slot.Device.Behind != null)
            && input.HubPorts == (slot.Device.Behind == null ? 0 : (uint)slot.Device.Behind.Length - 1)
            ? Success : ParameterError;
    }

    // Setup, data if there is any, status: one after the other.
    private void Obey(SoftSlot slot)
    {
        while (SoftSlot.TryTake(ref slot.Orders, ref slot.OrdersCycle, out TransferBlock* setup))
        {
            Assert.Equal(BlockKind.Setup, setup->Kind);
            byte[] request = BitConverter.GetBytes(setup->Parameter);
            uint length = BitConverter.ToUInt16(request, 6);
            byte[] answer = slot.Device.Answer(request);
            TransferBlock* at = setup;
            if (length != 0)
            {
                Assert.True(SoftSlot.TryTake(ref slot.Orders, ref slot.OrdersCycle, out at));
                Assert.Equal((BlockKind.Data, length), (at->Kind, at->Residue));
                answer?.AsSpan(0, Math.Min(answer.Length, (int)length))
                    .CopyTo(new Span<byte>((void*)at->Parameter, (int)length));
            }

            if (answer != null)
            {
                Assert.True(SoftSlot.TryTake(ref slot.Orders, ref slot.OrdersCycle, out at));
                Assert.Equal(BlockKind.StatusStage, at->Kind);
            }
            else
            {
                slot.Orders = null;
            }

            uint code = answer != null ? Success : StallError;
            Tell(BlockKind.TransferEvent, (ulong)at, code << 24, (slot.Number << 24) | (1 << 16));
        }
    }

    private void Tell(BlockKind kind, ulong parameter, uint status, uint rest)
    {
        TransferBlock* block = _event + _eventsWritten;
        (block->Parameter, block->Status) = (parameter, status);
        block->Control = ((uint)kind << 10) | rest | _eventCycle;
        if (++_eventsWritten == 256)
        {
            (_eventsWritten, _eventCycle) = (0, _eventCycle ^ 1);
        }
    }
}
