// What hangs at the controller in the tests: keyboards, hubs and others, as their descriptors have them.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Efi.Metal.Usb;

namespace MinusOne.Tests.Unit.Usb;

internal sealed class SoftUsbDevice
{
    // Hubs: what hangs at each port, from 1, and that something has changed there.
    public SoftUsbDevice[] Behind { get; init; }
    public bool[] Changed { get; } = new bool[16];
    private readonly bool[] _on = new bool[16];
    private readonly bool[] _enabled = new bool[16];
    private readonly bool[] _reset = new bool[16];

    // A hub's, of its ports.
    public int Resets { get; private set; }

    // It takes orders and does not answer them.
    public bool IsSilent { get; set; }

    public UsbSpeed Speed { get; init; } = UsbSpeed.Full;
    public byte Endpoint { get; init; } = 1;
    public ushort Packet { get; init; } = 8;
    public byte OrderPacket { get; init; } = 8;
    public uint Evaluated { get; set; }
    public bool IsMouse { get; init; }
    public bool RefusesProtocol { get; init; }
    public byte[] Descriptor { get; init; }
    public byte Configuration { get; private set; }
    public List<string> Asked { get; } = [];

    // What an address is given with: it is not known yet what the device says.
    public uint OwnPacket => Speed >= UsbSpeed.Super ? 512u : Speed == UsbSpeed.Low ? 8u : 64u;

    // Null: it refuses.
    public byte[] Answer(byte[] request)
    {
        (byte type, byte number, ushort value) = (request[0], request[1], BitConverter.ToUInt16(request, 2));
        byte port = request[4];
        Asked.Add($"{type:X2}.{number:X2}.{value:X4}.{port:X2}");
        return (type, number) switch
        {
            (0x80, 6) when value == 0x100 => [18, 1, 0, 2, Behind != null ? (byte)9 : (byte)0, 0, 0, OrderPacket],
            (0x80, 6) when value == 0x200 => Descriptor ?? Describe(),
            (0x00, 9) => Set(value),
            (0x21, 11) => RefusesProtocol || value != 0 ? null : [],
            (0xA0, 6) when Behind != null => [9, 0x29, (byte)(Behind.Length - 1), 0, 0, 1, 0, 0],
            (0x23, 3) when value == 8 => Turn(_on, port, true),
            (0x23, 3) when value == 4 => Reset(port),
            (0x23, 1) => Turn(value == 16 ? Changed : _reset, port, false),
            (0x20, 1) or (0x02, 1) => [],
            (0xA3, 0) => Status(port),
            _ => null,
        };
    }

    private byte[] Reset(byte port)
    {
        Resets++;
        _reset[port] = true;
        return Turn(_enabled, port, Behind[port] != null);
    }

    private byte[] Set(ushort value)
    {
        Configuration = (byte)value;
        return [];
    }

    private static byte[] Turn(bool[] bits, byte port, bool value)
    {
        bits[port] = value;
        return [];
    }

    private byte[] Status(byte port)
    {
        SoftUsbDevice there = _on[port] ? Behind[port] : null;
        uint speed = there?.Speed switch { UsbSpeed.Low => 1u << 9, UsbSpeed.High => 1u << 10, _ => 0 };
        uint status = (there != null ? 1u | speed : 0) | (there != null && _enabled[port] ? 2u : 0)
            | (Changed[port] ? 1u << 16 : 0) | (_reset[port] ? 1u << 20 : 0);
        return BitConverter.GetBytes(status);
    }

    private byte[] Describe()
    {
        byte[] hid = [9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0];
        byte[] rest =
        [
            9, 4, 0, 0, 1, Behind != null ? (byte)9 : (byte)3, Behind != null ? (byte)0 : (byte)1,
            Behind != null ? (byte)0 : IsMouse ? (byte)2 : (byte)1, 0,
            .. Behind == null ? hid : [],
            7, 5, (byte)(0x80 | Endpoint), 3, (byte)Packet, 0, 10,
        ];
        return [9, 2, (byte)(9 + rest.Length), 0, 1, 1, 0, 0xA0, 50, .. rest];
    }
}

internal sealed unsafe class SoftSlot
{
    public uint Number;
    public SoftUsbDevice Device;
    public TransferBlock* Orders, News;
    public uint OrdersCycle, NewsCycle;
    public uint Target;

    public static bool TryTake(ref TransferBlock* next, ref uint cycle, out TransferBlock* block)
    {
        block = next;
        if (next == null || (next->Control & 1) != cycle)
        {
            return false;
        }

        next++;
        if (next->Kind == BlockKind.Link && (next->Control & 1) == cycle)
        {
            cycle ^= (next->Control >> 1) & 1;
            next = (TransferBlock*)next->Parameter;
        }

        return true;
    }

    public void SetPosition(bool isOfOrders, TransferBlock* position, uint cycle)
    {
        Orders = isOfOrders ? position : Orders;
        OrdersCycle = isOfOrders ? cycle : OrdersCycle;
        News = isOfOrders ? News : position;
        NewsCycle = isOfOrders ? NewsCycle : cycle;
    }
}

// An input context. xHCI specification 1.2, 6.2.5.
internal readonly unsafe struct SoftInput(byte* start, int contextBytes)
{
    private uint* Context(uint number) => (uint*)(start + (contextBytes * (int)number));

    public uint Flags => Context(0)[1];
    public UsbSpeed Speed => (UsbSpeed)((Context(1)[0] >> 20) & 0xF);
    public bool IsHub => (Context(1)[0] & (1 << 26)) != 0;
    public uint Entries => Context(1)[0] >> 27;
    public uint HubPorts => Context(1)[1] >> 24;

    public uint Kind(uint target) => (Context(target + 1)[1] >> 3) & 7;

    public uint Packet(uint target) => Context(target + 1)[1] >> 16;

    public TransferBlock* Ring(uint target, out uint cycle)
    {
        ulong raw = *(ulong*)(Context(target + 1) + 2);
        cycle = (uint)raw & 1;
        return (TransferBlock*)(raw & ~0xFUL);
    }

    // Found by port and route; a slow one behind a fast hub must name the hub that translates for it.
    public SoftUsbDevice Find(SoftXhci controller, SoftSlot[] slots)
    {
        SoftUsbDevice root = controller.Devices[(Context(1)[1] >> 16) & 0xFF];
        uint route = Context(1)[0] & 0xF_FFFF;
        if (route == 0)
        {
            return root;
        }

        SoftUsbDevice device = root.Behind[route];
        bool isTranslated = root.Speed == UsbSpeed.High && device.Speed != UsbSpeed.High;
        uint expected = isTranslated ? slots.Single(slot => slot?.Device == root).Number | (route << 8) : 0;
        return Context(1)[2] == expected ? device : null;
    }
}
