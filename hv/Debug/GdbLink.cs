// The line to a debugger: packets of GDB's remote protocol, `$text#sum`, over a port of the host's. What arrives is
// input like any other: a packet that is too long, or whose sum is wrong, is not taken. GDB manual, E.1 Overview of the
// remote serial protocol.
namespace MinusOne.Hv.Debug;

internal unsafe struct GdbLink
{
    public const int PacketBytes = 4096;
    public const byte Interrupt = 0x03;

    private const byte Escape = (byte)'}';
    private const byte EscapeBit = 0x20;

    private fixed byte _packet[PacketBytes];
    private byte _sum;

    // A byte that was looked at to see whether somebody calls.
    private short _held;

    // Neither side confirms packets any more.
    public bool IsQuiet;

    // Something has not been taken: whoever is at the other end reads no more.
    public bool IsLost;

    public void Reset()
    {
        IsLost = false;
        IsQuiet = false;
        _held = 0;
    }

    // A client that has just come confirms packets, whatever the one before it had agreed on.
    public void Greet()
    {
        if (IsQuiet)
        {
            IsQuiet = false;
            Out((byte)'+');
        }
    }

    // Somebody at the other end has sent something. Bytes between packets say nothing.
    public bool IsCalled()
    {
        byte value;
        while (_held == 0 && Host.TryReadDebugger(&value))
        {
            _held = value is (byte)'$' or Interrupt ? value : (short)0;
        }

        return _held != 0;
    }

    public bool TryRead(out byte value)
    {
        value = (byte)_held;
        if (_held != 0)
        {
            _held = 0;
            return true;
        }

        fixed (byte* place = &value)
        {
            return Host.TryReadDebugger(place);
        }
    }

    // One more byte of a packet in the making. True: it is whole, and has been confirmed.
    public bool Take(byte value, ref GdbIncoming incoming)
    {
        switch (incoming.Stage)
        {
            case GdbStage.Outside:
                incoming = default;
                incoming.Stage = value == '$' ? GdbStage.Text : GdbStage.Outside;
                return false;
            case GdbStage.Text when value == '#':
                incoming.Stage = GdbStage.FirstDigit;
                return false;
            case GdbStage.Text when value == '$':
                incoming = default;
                incoming.Stage = GdbStage.Text;
                return false;
            case GdbStage.Text:
                incoming.Sum += value;
                Keep(value, ref incoming);
                return false;
            case GdbStage.FirstDigit or GdbStage.SecondDigit when value == '$':
                incoming = default;
                incoming.Stage = GdbStage.Text;
                return false;
            case GdbStage.FirstDigit:
                incoming.Claimed = (byte)(GdbText.Digit(value) << 4);
                incoming.Stage = GdbStage.SecondDigit;
                return false;
            default:
                incoming.Stage = GdbStage.Outside;
                return IsGood((byte)(incoming.Claimed | GdbText.Digit(value)), in incoming);
        }
    }

    // The packet that has just become whole.
    [UnscopedRef]
    public Span<byte> Packet(in GdbIncoming incoming) =>
        MemoryMarshal.CreateSpan(ref _packet[0], PacketBytes).Slice(0, incoming.Length);

    private void Keep(byte value, ref GdbIncoming incoming)
    {
        if (value == Escape && !incoming.IsEscaped)
        {
            incoming.IsEscaped = true;
            return;
        }

        incoming.IsTooLong |= incoming.Length == PacketBytes;
        if (!incoming.IsTooLong)
        {
            _packet[incoming.Length++] = (byte)(incoming.IsEscaped ? value ^ EscapeBit : value);
        }

        incoming.IsEscaped = false;
    }

    // What is too long would not get shorter by being sent again: it is answered as if nobody knew it.
    private bool IsGood(byte claimed, in GdbIncoming incoming)
    {
        bool isGood = IsQuiet || claimed == incoming.Sum;
        if (!IsQuiet)
        {
            Out(isGood ? (byte)'+' : (byte)'-');
        }

        if (isGood && incoming.IsTooLong)
        {
            Send(default);
        }

        return isGood && !incoming.IsTooLong;
    }

    public void Begin()
    {
        Out((byte)'$');
        _sum = 0;
    }

    public void End()
    {
        byte sum = _sum;
        Out((byte)'#');
        Out(GdbText.Letter(sum >> 4));
        Out(GdbText.Letter(sum));
    }

    public void Put(byte value)
    {
        if (value is (byte)'$' or (byte)'#' or Escape or (byte)'*')
        {
            Raw(Escape);
            value ^= EscapeBit;
        }

        Raw(value);
    }

    public void Text(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            Put(value);
        }
    }

    // Bytes as they lie in memory, two digits each.
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Raw(GdbText.Letter(value >> 4));
            Raw(GdbText.Letter(value));
        }
    }

    public void Number(ulong value)
    {
        int shift = 60;
        while (shift != 0 && value >> shift == 0)
        {
            shift -= 4;
        }

        for (; shift >= 0; shift -= 4)
        {
            Raw(GdbText.Letter((int)(value >> shift)));
        }
    }

    public void Send(ReadOnlySpan<byte> text)
    {
        Begin();
        Text(text);
        End();
    }

    private void Raw(byte value)
    {
        _sum += value;
        Out(value);
    }

    private void Out(byte value) => IsLost |= !Host.TryPutDebugger(value);
}

internal enum GdbStage : byte
{
    Outside,
    Text,
    FirstDigit,
    SecondDigit,
}

// A packet of which a part has arrived.
internal struct GdbIncoming
{
    public GdbStage Stage;
    public int Length;
    public byte Sum;
    public byte Claimed;
    public bool IsEscaped;
    public bool IsTooLong;
}
