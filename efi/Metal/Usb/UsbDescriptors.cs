// What a device tells of itself, as far as a keyboard or a hub needs: the endpoint that has something to say. Lengths
// in it are a stranger's. USB specification 2.0, 9.6 Standard USB Descriptor Definitions; HID 1.11, 4.2 Subclass.

using System;

namespace MinusOne.Efi.Metal.Usb;

internal struct UsbFunction
{
    private const byte ConfigurationDescriptor = 2, InterfaceDescriptor = 4, EndpointDescriptor = 5;
    private const byte HidClass = 3, BootSubclass = 1, KeyboardProtocol = 1, HubClass = 9;
    private const byte In = 0x80, TransferMask = 3, Interrupt = 3;
    private const int MostPacket = 0x7FF;

    public bool IsHub;
    public byte Configuration;
    public byte Interface;

    // The number without the direction, which is in.
    public byte Endpoint;
    public byte Interval;
    public ushort PacketBytes;

    // The first keyboard or hub of a configuration.
    public static bool TryFind(ReadOnlySpan<byte> bytes, out UsbFunction function)
    {
        function = default;
        bool isOurs = false;
        for (int at = 0; at + 2 <= bytes.Length && bytes[at] >= 2 && at + bytes[at] <= bytes.Length; at += bytes[at])
        {
            ReadOnlySpan<byte> one = bytes.Slice(at, bytes[at]);
            if (one[1] == ConfigurationDescriptor && one.Length >= 9)
            {
                function.Configuration = one[5];
            }
            else if (one[1] == InterfaceDescriptor && one.Length >= 9)
            {
                function.IsHub = one[5] == HubClass;
                function.Interface = one[2];

                // Other settings of an interface are not chosen.
                isOurs = one[3] == 0 && (function.IsHub
                    || (one[5] == HidClass && one[6] == BootSubclass && one[7] == KeyboardProtocol));
            }
            else if (isOurs && one[1] == EndpointDescriptor && one.Length >= 7 && TryEndpoint(one, ref function))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryEndpoint(ReadOnlySpan<byte> one, ref UsbFunction function)
    {
        function.Endpoint = (byte)(one[2] & 0xF);
        function.PacketBytes = (ushort)((one[4] | (one[5] << 8)) & MostPacket);
        function.Interval = one[6];
        return (one[2] & In) != 0 && (one[3] & TransferMask) == Interrupt && function.Endpoint != 0
            && function.PacketBytes != 0;
    }

    // In the controller's way: a power of two of 125 microseconds. xHCI specification 1.2, 6.2.3.6 Interval.
    public static uint ExponentOf(UsbSpeed speed, byte interval)
    {
        if (speed >= UsbSpeed.High)
        {
            return (uint)Math.Min(Math.Max((int)interval, 1) - 1, 15);
        }

        uint exponent = 3;
        for (int rest = interval; rest > 1 && exponent < 10; rest >>= 1)
        {
            exponent++;
        }

        return exponent;
    }
}
