// The host's own local APIC, as far as a hypervisor without a timer in its guests needs one: the timer counts once, an
// interrupt to itself, and what is requested and in service. What was not ended keeps away all that is not more urgent.
// AMD APM 2 16.4.1 APIC Timer Interrupt, 16.6.3 Interrupt Prioritization. Leaves out every other register.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class SoftLocalApic(SoftProcessor cpu)
{
    public const ulong TicksPerCount = 4;

    private const uint EndOfInterrupt = 0xB0, Spurious = 0xF0, Command = 0x300, Timer = 0x320;
    private const uint InitialCount = 0x380, CurrentCount = 0x390, Divide = 0x3E0;
    private const uint Enabled = 1u << 8, Masked = 1u << 16, ToSelf = 1u << 18;
    private const ulong Never = ulong.MaxValue;

    private readonly Dictionary<uint, uint> _registers = [];
    private readonly SortedSet<uint> _requested = [];
    private readonly SortedSet<uint> _inService = [];

    // What other processors have sent, from their threads.
    private readonly ConcurrentQueue<byte> _received = new();

    private ulong _due = Never;

    public bool IsPending
    {
        get
        {
            Update();
            return _requested.Count != 0 && _requested.Max >> 4 > (_inService.Count == 0 ? 0 : _inService.Max >> 4);
        }
    }

    // TSC ticks until an interrupt comes, if nobody does anything.
    public ulong Remaining => IsPending ? 0 : !IsTimerOpen || _due == Never ? Never : _due - cpu.Tsc;

    private bool IsTimerOpen =>
        (Stored(Spurious) & Enabled) != 0 && (Stored(Timer) & Masked) == 0 && _registers.ContainsKey(Timer);

    private uint Divisor => (Stored(Divide) & 0xB) == 0xB ? 1 : 2u << (int)((Stored(Divide) & 3)
        | ((Stored(Divide) >> 1) & 4));

    public override string ToString() =>
        $"requested {string.Join(' ', _requested)}, in service {string.Join(' ', _inService)}, new {_received.Count}";

    public uint Read(uint offset) => offset == CurrentCount ? Count : Stored(offset);

    public void Write(uint offset, uint value)
    {
        Update();
        _registers[offset] = value;
        switch (offset)
        {
            case EndOfInterrupt:
                _inService.Remove(_inService.Max);
                break;
            case Command:
                Require((value & ToSelf) != 0 && (value & 0x700) == 0, $"command {value:X} to others");
                Raise((byte)value);
                break;
            case Timer:
                Require((value >> 17) == 0, $"timer {value:X}, which does not count once");
                break;
            case InitialCount:
                _due = value == 0 ? Never : cpu.Tsc + (value * TicksPerCount * Divisor);
                break;
        }
    }

    public void Raise(byte vector)
    {
        Require(vector >= 16, $"vector {vector}");
        _requested.Add(vector);
    }

    // Another processor sends it.
    public void Receive(byte vector) => _received.Enqueue(vector);

    // Takes one and ends it at once. False: none may come.
    public bool TryTake()
    {
        bool isTaken = Acknowledge() != 0;
        if (isTaken)
        {
            Write(EndOfInterrupt, 0);
        }

        return isTaken;
    }

    // The most urgent one is in service now. 0: none may come.
    public uint Acknowledge()
    {
        if (!IsPending)
        {
            return 0;
        }

        uint vector = _requested.Max;
        _requested.Remove(vector);
        _inService.Add(vector);
        return vector;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new SoftCpuException($"the local APIC does not know {what}");
        }
    }

    private uint Count => _due <= cpu.Tsc ? 0
        : _due != Never ? (uint)((_due - cpu.Tsc) / (TicksPerCount * Divisor))
        : 0;

    private uint Stored(uint offset) => _registers.GetValueOrDefault(offset);

    // A count that ends while its interrupt is masked is lost.
    private void Update()
    {
        while (_received.TryDequeue(out byte vector))
        {
            Raise(vector);
        }

        if (_due > cpu.Tsc)
        {
            return;
        }

        _due = Never;
        if (IsTimerOpen)
        {
            Raise((byte)Stored(Timer));
        }
    }
}
