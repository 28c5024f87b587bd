// A third or fourth serial port, for a program at the other end and not for people. It is used only if it was asked
// for: a machine need not have one, and at these places there may be something else.
namespace MinusOne.Efi.Console;

internal struct SidePort
{
    public const ushort Com3 = 0x3E8;
    public const ushort Com4 = 0x2E8;

    private SerialPort _port;

    // It took nothing for long, and has not taken anything since.
    private bool _isStuck;

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
        return true;
    }

    public readonly bool TryRead(out byte value)
    {
        value = 0;
        return IsThere && _port.TryReceive(out value);
    }

    // A port that takes nothing, and never will, is closed. False: this is lost.
    public bool TryPut(byte value)
    {
        if (IsThere && !_port.WaitReady())
        {
            _port = default;
        }

        if (!IsThere)
        {
            return false;
        }

        _port.Put(value);
        return true;
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
