// A 16550A told a second time, as a list of everything that happened: slow, and without the arithmetic of the real one.
// Which interrupt is due is asked of the facts, not kept.

using System;
using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Tests.Unit.Devices;

internal sealed class SerialModel
{
    private readonly byte[] _kept = new byte[8];
    private readonly Queue<(byte Value, byte Errors)> _fifo = new();
    private readonly byte[] _divisor = new byte[2];
    private bool _hasFifo;
    private int _level = 1;
    private bool _emptied;
    private bool _timedOut;
    private bool _revealed;
    private int _line;
    private int _deltas;
    private ulong _last;

    public List<byte> Sent { get; } = [];

    public bool Interrupt => (_kept[4] & 8) != 0 && Due() != 1;

    public int Room => (_kept[4] & 16) != 0 ? 0 : Capacity - _fifo.Count;

    public ulong Deadline => (_kept[1] & 1) != 0 && _hasFifo && _fifo.Count > 0 && _fifo.Count < _level && !_timedOut
        ? _last + Wait
        : ulong.MaxValue;

    private int Capacity => _hasFifo ? 16 : 1;

    private ulong Wait
    {
        get
        {
            var bits = new[] { 1, 5 + (_kept[3] & 3), (_kept[3] & 8) != 0 ? 1 : 0, (_kept[3] & 4) != 0 ? 2 : 1 };
            decimal divisor = Math.Max(1, (int)BitConverter.ToUInt16(_divisor));
            return (ulong)Math.Floor(4 * bits.Sum() * 16 * divisor * 100_000_000 / 1_843_200);
        }
    }

    // DCD, RI, DSR, CTS.
    private bool[] Inputs => (_kept[4] & 16) == 0
        ? [true, false, true, true]
        : [(_kept[4] & 8) != 0, (_kept[4] & 4) != 0, (_kept[4] & 1) != 0, (_kept[4] & 2) != 0];

    public void Receive(byte value, byte errors, ulong now)
    {
        if ((_kept[4] & 16) == 0)
        {
            Arrive(value, errors, now);
        }
    }

    public void Elapse(ulong now) => _timedOut |= _hasFifo && _fifo.Count > 0 && now - _last >= Wait;

    public byte Read(uint offset, ulong now)
    {
        bool latch = (_kept[3] & 0x80) != 0;
        switch (offset)
        {
            case 0 when latch: return _divisor[0];
            case 0: return Take(now);
            case 1 when latch: return _divisor[1];
            case 2:
                Elapse(now);
                int due = Due();
                _emptied = _emptied && due != 2;
                return (byte)(due + (_hasFifo ? 0xC0 : 0));
            case 5:
                bool hidden = _fifo.Skip(1).Any(entry => entry.Errors != 0);
                int status = 0x60 + _line + (_fifo.Count > 0 ? 1 : 0);
                status += _hasFifo && (hidden || (_line & 0x1C) != 0) ? 0x80 : 0;
                _line = 0;
                return (byte)status;
            case 6:
                bool[] inputs = Inputs;
                int deltas = _deltas;
                _deltas = 0;
                return (byte)(
                    (inputs[0] ? 0x80 : 0) + (inputs[1] ? 0x40 : 0) + (inputs[2] ? 0x20 : 0) + (inputs[3] ? 0x10 : 0)
                    + deltas);
            default: return _kept[offset];
        }
    }

    public void Write(uint offset, byte value, ulong now)
    {
        bool latch = (_kept[3] & 0x80) != 0;
        switch (offset)
        {
            case <= 1 when latch: _divisor[offset] = value; break;
            case 0 when (_kept[4] & 16) != 0: _emptied = true; Arrive(value, 0, now); break;
            case 0: _emptied = true; Sent.Add(value); break;
            case 1:
                _emptied |= (_kept[1] & 2) == 0 && (value & 2) != 0;
                _kept[1] = (byte)(value & 15);
                break;
            case 2: ControlFifo(value); break;
            case 4: ControlModem((byte)(value & 31)); break;
            case 3 or 7: _kept[offset] = value; break;
        }
    }

    private void ControlFifo(byte value)
    {
        bool enable = (value & 1) != 0;
        if (enable != _hasFifo || (enable && (value & 2) != 0))
        {
            _fifo.Clear();
            _timedOut = false;
        }

        _hasFifo = enable;
        _level = enable ? new[] { 1, 4, 8, 14 }[value / 64] : 1;
    }

    private void ControlModem(byte value)
    {
        bool[] before = Inputs;
        _kept[4] = value;
        bool[] after = Inputs;
        _deltas |= before[0] != after[0] ? 8 : 0;
        _deltas |= before[1] && !after[1] ? 4 : 0;
        _deltas |= before[2] != after[2] ? 2 : 0;
        _deltas |= before[3] != after[3] ? 1 : 0;
    }

    private int Due()
    {
        bool Enabled(int bit) => (_kept[1] & bit) != 0;
        return Enabled(4) && _line != 0 ? 6
            : Enabled(1) && _fifo.Count >= _level ? 4
            : Enabled(1) && _timedOut ? 12
            : Enabled(2) && _emptied ? 2
            : Enabled(8) && _deltas != 0 ? 0
            : 1;
    }

    private void Arrive(byte value, byte errors, ulong now)
    {
        _last = now;
        if (_fifo.Count == Capacity)
        {
            _line |= 2;
            if (_hasFifo)
            {
                return;
            }

            _fifo.Clear();
        }

        _fifo.Enqueue((value, errors));
        _revealed = _fifo.Count > 1 && _revealed;
        Reveal();
    }

    private byte Take(ulong now)
    {
        if (_fifo.Count == 0)
        {
            return 0;
        }

        byte value = _fifo.Dequeue().Value;
        _revealed = false;
        _timedOut = false;
        _last = now;
        Reveal();
        return value;
    }

    private void Reveal()
    {
        if (!_revealed && _fifo.Count > 0)
        {
            _revealed = true;
            _line |= _fifo.Peek().Errors;
        }
    }
}
