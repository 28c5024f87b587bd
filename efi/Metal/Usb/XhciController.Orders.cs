// What a controller and the devices behind it are told, and their answers, which come as events among others: keys,
// and ports where something has changed. xHCI specification 1.2, 4.6 Command Interface, 4.11 TRBs, 4.8.3 Endpoint
// Context State.

using System;
using MinusOne.Efi.Metal.Keys;

namespace MinusOne.Efi.Metal.Usb;

internal unsafe partial struct XhciController
{
    private const uint AnswerMilliseconds = 1000;
    private const uint ToUs = 1 << 16, Immediate = 1 << 6, Tell = 1 << 5, TellShort = 1 << 2;
    private const uint DataIn = 3 << 16;
    private const uint SetupBytes = 8;
    private const uint OrderTarget = 1;
    private const byte MostFaults = 16;
    private const byte ToEndpoint = 0x02;
    private const uint In = 0x80;
    private const int MostEvents = 2 * XhciRing.Blocks;

    private readonly bool HasChange => (_changed[0] | _changed[1] | _changed[2] | _changed[3]) != 0;

    private bool TryTakeChange(uint port)
    {
        ulong bit = 1UL << (int)(port & 63);
        bool isSet = (_changed[port / 64] & bit) != 0;
        _changed[port / 64] &= ~bit;
        return isSet;
    }

    // A device's request and its answer, of at most MostAnswer bytes; without one the length is 0.
    private bool Ask(ref UsbDevice device, byte type, UsbRequest request, uint value, uint index, uint length)
    {
        ulong setup = type | ((ulong)request << 8) | ((ulong)value << 16) | ((ulong)index << 32)
            | ((ulong)length << 48);
        device.Orders.Put(BlockKind.Setup, setup, SetupBytes, Immediate | (length != 0 ? DataIn : 0));
        if (length != 0)
        {
            device.Orders.Put(BlockKind.Data, (ulong)device.Answer, length, ToUs);
        }

        device.Orders.Put(BlockKind.StatusStage, 0, 0, Tell | (length == 0 ? ToUs : 0));
        new Span<byte>(device.Answer, (int)length).Clear();
        _awaitedSlot = device.Slot;
        _registers.Ring(device.Slot, OrderTarget);
        CompletionCode code = Await();
        if (code == CompletionCode.None)
        {
            // It is the device that has not answered, for the controller does.
            TryCommand(BlockKind.StopEndpoint, 0, device.Slot, OrderTarget);
            TryCommand(BlockKind.SetDequeue, device.Orders.Position, device.Slot, OrderTarget);
            device.IsSilent = true;
        }
        else if (code != CompletionCode.Success)
        {
            Restart(device.Slot, OrderTarget, device.Orders.Position);
        }

        return code == CompletionCode.Success;
    }

    private bool TryCommand(BlockKind kind, ulong parameter, uint slot, uint target = 0)
    {
        _awaitedCommand = _commands.Put(kind, parameter, 0, (slot << 24) | (target << 16));
        _registers.Ring(0, 0);
        CompletionCode code = Await();
        _isRunning &= code != CompletionCode.None;
        return code == CompletionCode.Success;
    }

    // A halted endpoint takes orders again, from here on.
    private void Restart(uint slot, uint target, ulong position)
    {
        if (!IsDead && TryCommand(BlockKind.ResetEndpoint, 0, slot, target))
        {
            TryCommand(BlockKind.SetDequeue, position, slot, target);
        }
    }

    // None: nothing has come.
    private CompletionCode Await()
    {
        _answer = default;
        ulong until = After(AnswerMilliseconds);
        while ((_awaitedCommand | _awaitedSlot) != 0 && _isRunning && Cpu.ReadTsc() < until)
        {
            HandleEvents();
            Cpu.Pause();
        }

        (_awaitedCommand, _awaitedSlot) = (0, 0);
        return _answer.Code;
    }

    // So many at once: one that always has another says nothing.
    private void HandleEvents()
    {
        int count = 0;
        for (; count < MostEvents && _events.TryTake(out TransferBlock block); count++)
        {
            Handle(block);
        }

        _isRunning &= count != MostEvents;
        if (count != 0)
        {
            _registers.EventPointer = _events.Pointer;
        }
    }

    private void Handle(in TransferBlock block)
    {
        bool isOrder = block.Kind == BlockKind.TransferEvent && block.Endpoint == OrderTarget;
        if (block.Kind == BlockKind.PortEvent)
        {
            uint port = (uint)(block.Parameter >> 24) & 0xFF;
            _changed[port / 64] |= port - 1 < _registers.Ports ? 1UL << (int)(port & 63) : 0;
        }
        else if (block.Kind == BlockKind.CommandEvent && block.Parameter == _awaitedCommand)
        {
            (_answer, _awaitedCommand) = (block, 0);
        }
        else if (isOrder && block.Slot == _awaitedSlot)
        {
            (_answer, _awaitedSlot) = (block, 0);
        }
        else if (block.Kind == BlockKind.TransferEvent && !isOrder)
        {
            HearNews(block);
        }
    }

    private void HearNews(in TransferBlock block)
    {
        foreach (ref UsbDevice device in (Span<UsbDevice>)_devices)
        {
            if (device.Slot == 0 || device.Slot != block.Slot || device.NewsTarget != block.Endpoint)
            {
                continue;
            }

            if (block.Code is not CompletionCode.Success and not CompletionCode.ShortPacket)
            {
                device.IsStopped = true;
                return;
            }

            if (block.Parameter != device.NewsAt)
            {
                return;
            }

            device.Faults = 0;

            uint length = NewsBytes(device);
            length -= Math.Min(length, block.Residue);
            if (device.IsHub)
            {
                device.HasChanged = true;
            }
            else
            {
                var report = new ReadOnlySpan<byte>(device.NewsBuffer, (int)length);
                device.Keyboard.Take(report, ref *_typing, Cpu.ReadTsc(), _tscHertz);
            }

            Listen(ref device);
        }
    }

    private static uint NewsBytes(in UsbDevice device) =>
        Math.Min((uint)device.Function.PacketBytes, UsbDevice.MostAnswer);

    // For the next that it has to say.
    private void Listen(ref UsbDevice device)
    {
        ulong buffer = (ulong)device.NewsBuffer;
        device.NewsAt = device.News.Put(BlockKind.Normal, buffer, NewsBytes(device), Tell | TellShort);
        _registers.Ring(device.Slot, device.NewsTarget);
    }

    // After a fault on the line, at both ends: USB specification 2.0, 9.4.5 Get Status, Halt. One that has nothing but
    // faults is let go.
    private void GoOn(ref UsbDevice device)
    {
        device.IsStopped = false;
        if (++device.Faults > MostFaults)
        {
            Free(ref device);
            return;
        }

        Restart(device.Slot, device.NewsTarget, device.News.Position);
        Ask(ref device, ToEndpoint, UsbRequest.ClearFeature, 0, In | device.Function.Endpoint, 0);
        Listen(ref device);
    }
}

// USB specification 2.0, 9.4 Standard Device Requests, 11.24.2 Class-specific Requests; HID 1.11, 7.2 Class-Specific
// Requests.
internal enum UsbRequest : byte
{
    GetStatus = 0,
    ClearFeature = 1,
    SetFeature = 3,
    GetDescriptor = 6,
    SetConfiguration = 9,
    SetProtocol = 11,
    SetHubDepth = 12,
}
