// What hangs at a controller: it gets an address, is asked what it is, and is kept if it is a keyboard or a hub. xHCI
// specification 1.2, 4.3 USB Device Initialization, 6.2 Contexts.

using System;

namespace MinusOne.Efi.Metal.Usb;

internal unsafe partial struct XhciController
{
    private const uint DeviceDescriptor = 1 << 8, ConfigurationDescriptor = 2 << 8;
    private const byte ToUsStandard = 0x80, Standard = 0x00, ToInterface = 0x21;
    private const int PacketOffset = 7, LengthOffset = 2;
    private const uint ControlEndpoint = 4 << 3, NewsEndpoint = 7 << 3, ThreeTries = 3 << 1;
    private const uint HubBit = 1 << 26;
    private const uint AverageOrder = 8;

    private readonly int ContextBytes => _registers.HasLongContexts ? 64 : 32;

    // A port of the controller itself: something has come or gone, or nothing.
    private void LookAtPort(uint port, bool isFirst)
    {
        PortStatus status = _registers.Port(port);
        _registers.SetPort(port, status & PortStatus.Changes);

        // What has been taken out and put in again is another one, though one is there before and after.
        bool isNew = isFirst || (status & PortStatus.ConnectChange) != 0;
        if (isNew || (status & PortStatus.Enabled) == 0)
        {
            Forget((byte)port, hubSlot: 0, hubPort: 0);
        }

        if (!isNew || (status & PortStatus.Connected) == 0 || !TryFreePlace(out int place))
        {
            return;
        }

        Pause(isFirst ? 0 : SettleMilliseconds);
        if (TryEnable(port))
        {
            var speed = (UsbSpeed)((uint)(_registers.Port(port) & PortStatus.SpeedMask) >> 10);
            Add(ref _devices[place], new UsbPlace { RootPort = (byte)port, Speed = speed });
        }
    }

    // USB specification 2.0, 7.1.7.5 Reset Signaling. A port of USB 3 comes up by itself; what hangs there is reset all
    // the same, for it may have an address already.
    private bool TryEnable(uint port)
    {
        _registers.SetPort(port, PortStatus.Reset);
        for (ulong until = After(500); (_registers.Port(port) & PortStatus.ResetChange) == 0;)
        {
            if (Cpu.ReadTsc() >= until)
            {
                return false;
            }

            Cpu.Pause();
        }

        // What the reset itself has changed is known.
        _registers.SetPort(port, PortStatus.Changes);
        Pause(10);
        HandleEvents();
        TryTakeChange(port);
        return (_registers.Port(port) & PortStatus.Enabled) != 0;
    }

    // One that is neither a keyboard nor a hub is let go again.
    private void Add(ref UsbDevice device, in UsbPlace place)
    {
        device.Begin();
        if (!TryCommand(BlockKind.EnableSlot, 0, 0) || _answer.Slot - 1 >= MostDevices)
        {
            return;
        }

        device.Slot = (byte)_answer.Slot;
        (device.Speed, device.RootPort) = (place.Speed, place.RootPort);
        (device.HubSlot, device.HubPort, device.IsBehindFast) = (place.HubSlot, place.HubPort, place.IsBehindFast);
        if (!TryAddress(ref device) || !TryLearn(ref device) || !TryUse(ref device))
        {
            Free(ref device);
        }
    }

    private bool TryAddress(ref UsbDevice device)
    {
        _contexts[device.Slot] = (ulong)device.Context;
        uint packet = device.Speed >= UsbSpeed.Super ? 512u : device.Speed == UsbSpeed.Low ? 8u : 64u;
        BeginInput(device, 1, 3);
        SetEndpoint(1, ControlEndpoint, packet, device.Orders.Position, 0);
        bool isDone = TryCommand(BlockKind.AddressDevice, (ulong)_input, device.Slot);
        Pause(2);
        return isDone;
    }

    private bool TryLearn(ref UsbDevice device)
    {
        if (!Ask(ref device, ToUsStandard, UsbRequest.GetDescriptor, DeviceDescriptor, 0, 8))
        {
            return false;
        }

        uint packet = device.Answer[PacketOffset];
        if (device.Speed == UsbSpeed.Full && packet is 8 or 16 or 32)
        {
            BeginInput(device, 1, 2);
            SetEndpoint(1, ControlEndpoint, packet, device.Orders.Position, 0);
            if (!TryCommand(BlockKind.EvaluateContext, (ulong)_input, device.Slot))
            {
                return false;
            }
        }

        if (!Ask(ref device, ToUsStandard, UsbRequest.GetDescriptor, ConfigurationDescriptor, 0, 9))
        {
            return false;
        }

        uint length = device.Answer[LengthOffset] | ((uint)device.Answer[LengthOffset + 1] << 8);
        length = Math.Min(length, UsbDevice.MostAnswer);
        return length >= 9
            && Ask(ref device, ToUsStandard, UsbRequest.GetDescriptor, ConfigurationDescriptor, 0, length)
            && UsbFunction.TryFind(new ReadOnlySpan<byte>(device.Answer, (int)length), out device.Function)
            && !(device.IsHub && device.HubSlot != 0);
    }

    private bool TryUse(ref UsbDevice device)
    {
        if (!Ask(ref device, Standard, UsbRequest.SetConfiguration, device.Function.Configuration, 0, 0)
            || (device.IsHub && !TryLearnPorts(ref device)))
        {
            return false;
        }

        BeginInput(device, device.NewsTarget, 1 | (1u << (int)device.NewsTarget));
        uint interval = UsbFunction.ExponentOf(device.Speed, device.Function.Interval);
        uint packet = device.Function.PacketBytes;
        SetEndpoint(device.NewsTarget, NewsEndpoint, packet, device.News.Position, interval);
        if (!TryCommand(BlockKind.ConfigureEndpoint, (ulong)_input, device.Slot))
        {
            return false;
        }

        // A keyboard that knows no other protocol may refuse to be told which.
        if (!device.IsHub)
        {
            Ask(ref device, ToInterface, UsbRequest.SetProtocol, 0, device.Function.Interface, 0);
        }

        Listen(ref device);
        if (device.IsHub)
        {
            BeginHub(ref device);
        }

        return !IsDead;
    }

    // The input context: what is given (a bit each), and the device itself, with so many endpoints.
    private readonly void BeginInput(in UsbDevice device, uint entries, uint given)
    {
        new Span<byte>(_input, PageBytes).Clear();
        ((uint*)_input)[1] = given;
        uint* slot = (uint*)(_input + ContextBytes);
        slot[0] = device.HubPort | ((uint)device.Speed << 20) | (device.IsHub ? HubBit : 0) | (entries << 27);
        slot[1] = ((uint)device.RootPort << 16) | ((uint)device.Ports << 24);
        slot[2] = device.IsBehindFast ? device.HubSlot | ((uint)device.HubPort << 8) : (uint)device.ThinkTime << 16;
    }

    private readonly void SetEndpoint(uint target, uint kind, uint packet, ulong position, uint interval)
    {
        uint* endpoint = (uint*)(_input + (ContextBytes * (int)(target + 1)));
        endpoint[0] = interval << 16;
        endpoint[1] = ThreeTries | kind | (packet << 16);
        *(ulong*)(endpoint + 2) = position;
        endpoint[4] = AverageOrder | (target == OrderTarget ? 0 : packet << 16);
    }

    private readonly bool IsTaken(byte rootPort, byte hubSlot, byte hubPort)
    {
        foreach (ref readonly UsbDevice device in (ReadOnlySpan<UsbDevice>)_devices)
        {
            if (device.Slot != 0 && device.RootPort == rootPort && device.HubSlot == hubSlot
                && device.HubPort == hubPort)
            {
                return true;
            }
        }

        return false;
    }

    private readonly bool TryFreePlace(out int place)
    {
        for (place = 0; place < MostDevices; place++)
        {
            if (_devices[place].Slot == 0)
            {
                return true;
            }
        }

        return false;
    }

    // What hung there is gone, and with a hub what hung at it.
    private void Forget(byte rootPort, byte hubSlot, byte hubPort)
    {
        foreach (ref UsbDevice device in (Span<UsbDevice>)_devices)
        {
            if (device.Slot != 0 && device.RootPort == rootPort
                && (hubSlot == 0 || (device.HubSlot == hubSlot && device.HubPort == hubPort)))
            {
                Free(ref device);
            }
        }
    }

    private void Free(ref UsbDevice device)
    {
        device.Keyboard.Forget(ref *_typing);
        if (!IsDead)
        {
            TryCommand(BlockKind.DisableSlot, 0, device.Slot);
        }

        _contexts[device.Slot] = 0;
        device.Slot = 0;
    }
}

// Where something hangs: a port of the controller, and of a hub there.
internal struct UsbPlace
{
    public byte RootPort;
    public byte HubSlot;
    public byte HubPort;
    public UsbSpeed Speed;

    // A slow device behind a fast hub, which translates for it.
    public bool IsBehindFast;
}
