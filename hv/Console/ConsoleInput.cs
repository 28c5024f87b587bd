// What is typed at the console, on its way to the guest. Ctrl-A is an escape: the letter behind it is for the
// hypervisor, a second Ctrl-A sends one to the guest. What the guest does not take yet waits here, and behind that in
// the port: the other end is asked not to send on. So an escape is seen while the guest is busy, and nothing is lost or
// reordered.

namespace MinusOne.Hv.Console;

internal unsafe struct ConsoleInput
{
    public const uint Size = 4096;

    private const byte Escape = 0x01;

    // Of a full queue: where the other end is held, and where it may go on.
    private const uint High = Size / 4 * 3;
    private const uint Low = Size / 4;

    private fixed byte _bytes[(int)Size];
    private uint _first;
    private uint _end;
    private bool _isEscaped;
    private bool _isHeld;

    // What waits to be answered. Nothing is read before it has been.
    public ConsoleRequest Request;

    // With Focus: the guest's digit, or a letter for the next one.
    public byte Wanted;

    // Somebody has ended the whole run.
    public bool IsStopped;

    public readonly uint Count => _end - _first;

    public void Poll()
    {
        byte value;
        while (Request == ConsoleRequest.None && Count != Size && Host.TryRead(&value))
        {
            Accept(value);
        }

        if (_isHeld ? Count <= Low : Count >= High)
        {
            _isHeld = !_isHeld;
            Host.HoldInput(_isHeld);
        }
    }

    // There is one.
    public byte Take() => _bytes[_first++ & (Size - 1)];

    private void Accept(byte value)
    {
        if (!_isEscaped && value == Escape)
        {
            _isEscaped = true;
            return;
        }

        if (!_isEscaped || (value | 0x20) == 'a' || value == Escape)
        {
            _bytes[_end++ & (Size - 1)] = _isEscaped ? Escape : value;
        }
        else
        {
            Request = Meaning(value);
            Wanted = value;
        }

        _isEscaped = false;
    }

    private static ConsoleRequest Meaning(byte letter) => (letter | 0x20) switch
    {
        'x' => ConsoleRequest.Stop,
        'c' => ConsoleRequest.Monitor,
        'b' => ConsoleRequest.Break,
        'n' or >= '1' and <= '9' => ConsoleRequest.Focus,
        _ => ConsoleRequest.Help,
    };
}
