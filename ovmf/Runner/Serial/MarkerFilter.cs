// Cuts the program's own bytes out of what COM1 carries. The firmware writes its console there before our program
// starts and after it returns; between ESC ] 777;minusone;start BEL and the same with `end` every byte is the
// program's. A third marker, `input`, says that firmware no longer reads the port. A marker may come in pieces: what
// could become one is held back until it is decided.

using System;

namespace MinusOne.Ovmf.Runner.Serial;

internal sealed class MarkerFilter(Action<ReadOnlySpan<byte>> output)
{
    private const byte Escape = 0x1B;

    private readonly byte[] _held = new byte[Start.Length];
    private int _heldLength;

    public static ReadOnlySpan<byte> Start => "\x1B]777;minusone;start\a"u8;

    public static ReadOnlySpan<byte> Input => "\x1B]777;minusone;input\a"u8;

    public static ReadOnlySpan<byte> End => "\x1B]777;minusone;end\a"u8;

    public bool IsOpen { get; private set; }

    // Firmware is gone: what is sent from now on reaches the program.
    public bool TakesInput { get; private set; }

    // The program gave the port back: everything it had to say is through.
    public bool WasClosed { get; private set; }

    public void Write(ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            int escape = _heldLength > 0 ? 0 : input.IndexOf(Escape);
            ReadOnlySpan<byte> plain = escape < 0 ? input : input[..escape];
            Pass(plain);
            input = input[plain.Length..];
            if (!input.IsEmpty)
            {
                Hold(input[0]);
                input = input[1..];
            }
        }
    }

    // Nothing more will come: what looked like a marker was none.
    public void Finish()
    {
        Pass(_held.AsSpan(0, _heldLength));
        _heldLength = 0;
    }

    private void Hold(byte value)
    {
        _held[_heldLength++] = value;
        ReadOnlySpan<byte> held = _held.AsSpan(0, _heldLength);
        if (held.SequenceEqual(Start))
        {
            IsOpen = true;
            _heldLength = 0;
        }
        else if (held.SequenceEqual(Input))
        {
            TakesInput |= IsOpen;
            _heldLength = 0;
        }
        else if (held.SequenceEqual(End))
        {
            WasClosed |= IsOpen;
            IsOpen = false;
            _heldLength = 0;
        }
        else if (!Start.StartsWith(held) && !Input.StartsWith(held) && !End.StartsWith(held))
        {
            // An escape stands only at the beginning of a marker, so a new one can begin at this byte and nowhere
            // before.
            _heldLength--;
            Finish();
            Write([value]);
        }
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        if (IsOpen && !bytes.IsEmpty)
        {
            output(bytes);
        }
    }
}
