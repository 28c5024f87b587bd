// A third or fourth serial port, for a program at the other end and not for people. It is used only if it was asked
// for: a machine need not have one, and at these places there may be something else.

using System;

namespace MinusOne.Efi.Console;

internal struct SidePort
{
    public const ushort Com3 = 0x3E8;
    public const ushort Com4 = 0x2E8;

    private SerialPort _port;

    // It took nothing for long, and has not taken anything since.
    private bool _isStuck;

    // How many bytes it takes when it is ready.
    private int _room;

    public readonly bool IsThere => _port.IsThere;

    // False: no chip answers there.
    public bool TryOpen(ushort address)
    {
        var port = new SerialPort(address);
        if (!port.Exists())
        {
            return false;
        }

        port.Configure();
        _port = port;
        _room = port.Room;
        return true;
    }

    public readonly bool TryRead(out byte value)
    {
        value = 0;
        return IsThere && _port.TryReceive(out value);
    }

    // As many at each look as the port has room for then. A port that takes nothing, and never will, is closed. False:
    // these are lost, or a part of them.
    public bool TryPut(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length && IsThere; i++)
        {
            if (i % _room == 0 && !_port.WaitReady())
            {
                _port = default;
                return false;
            }

            _port.Put(bytes[i]);
        }

        return IsThere;
    }

    // The same, for a port that may take something again: until then it is not waited for.
    public bool TryPutOrSkip(byte value)
    {
        bool isReady = IsThere && (_isStuck ? _port.IsReady : _port.WaitReady());
        _isStuck = !isReady;
        if (isReady)
        {
            _port.Put(value);
        }

        return isReady;
    }
}
