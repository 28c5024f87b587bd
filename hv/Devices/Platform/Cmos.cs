// The clock of a PC, and the bytes of memory beside it: MC146818A data sheet, Registers and Update Cycle; ports 70h
// (which register) and 71h. The time is worked out when somebody looks, from the second that the guest began in and the
// platform clock. Byte 32h is the century. The square wave, the daylight switch and the divider are left out.
namespace MinusOne.Hv.Devices.Platform;

internal unsafe struct Cmos
{
    private const int Bytes = 128;
    private const int A = 0x0A, B = 0x0B, C = 0x0C, D = 0x0D;
    private const int Century = 0x32;
    private const int BaseMemory = 0x15, ExtendedMemory = 0x17, FoundMemory = 0x30, HighMemory = 0x34;
    private const int OtherProcessors = 0x5F;
    private const ulong Mebibyte = 1 << 20;
    private const byte InProgress = 0x80;
    private const byte Set = 0x80;
    private const byte Periodic = 0x40, Alarm = 0x20, Updated = 0x10;
    private const byte IsBinary = 0x04;
    private const byte Has24Hours = 0x02;
    private const byte Afternoon = 0x80;
    private const byte AnyTime = 0xC0;
    private const ulong Second = GuestClock.Hertz;

    // 244 microseconds of warning and 1984 of update, before the new second shows.
    private const ulong UpdateTicks = 222_800;

    private fixed byte _bytes[Bytes];
    private byte _index;

    // The second at time 0, as Calendar counts; while SET holds the clock, the bytes are the time.
    private ulong _start;

    public readonly ulong Beginning => _start;

    // What Elapse has seen, in seconds and in periods of 32,768 Hz.
    private ulong _seconds;
    private ulong _crystal;

    // IRQ 8.
    public readonly bool Interrupt => (_bytes[C] & _bytes[B] & (Periodic | Alarm | Updated)) != 0;

    // With the line up nothing more can be said.
    public readonly ulong Deadline
    {
        get
        {
            ulong due = ulong.MaxValue;
            byte wanted = Interrupt ? (byte)0 : _bytes[B];
            if ((wanted & Periodic) != 0 && Period != 0)
            {
                due = PlatformClock.FromCrystal(((_crystal / Period) + 1) * Period);
            }

            if ((wanted & Updated) != 0)
            {
                due = Math.Min(due, (_seconds + 1) * Second);
            }

            ulong alarm = (wanted & Alarm) != 0 && !IsSet ? NextAlarm() - _start : ulong.MaxValue;
            return alarm < ulong.MaxValue / Second ? Math.Min(due, alarm * Second) : due;
        }
    }

    // It has the register that is selected.
    public readonly bool IsSound => _index < Bytes;

    private readonly bool IsSet => (_bytes[B] & Set) != 0;

    // In periods of the crystal; the two fastest rates are those of two others.
    private readonly ulong Period
    {
        get
        {
            int rate = _bytes[A] & 0xF;
            return rate == 0 ? 0 : 1ul << (rate < 3 ? rate + 6 : rate - 1);
        }
    }

    // Memory is told as a PC's BIOS finds it: below 640 KiB, above 1 MiB up to 64 MiB, both in KiB; above 16 MiB in
    // pieces of 64 KiB. Its processors are for firmware that asks nobody else: SeaBIOS, in Bochs' place.
    public void Reset(ulong start, ulong memory = 0, int processors = 1)
    {
        _bytes[OtherProcessors] = (byte)(processors - 1);
        ulong extended = memory > Mebibyte ? Math.Min((memory - Mebibyte) >> 10, ushort.MaxValue) : 0;
        Put(BaseMemory, Math.Min(memory >> 10, 640));
        Put(ExtendedMemory, extended);
        Put(FoundMemory, extended);
        Put(HighMemory, memory > 16 * Mebibyte ? (memory - (16 * Mebibyte)) >> 16 : 0);
        _start = start;
        _bytes[A] = 0x26;
        _bytes[B] = Has24Hours;
        _bytes[D] = 0x80;
    }

    private void Put(int at, ulong value)
    {
        _bytes[at] = (byte)value;
        _bytes[at + 1] = (byte)(value >> 8);
    }

    public void Elapse(ulong now)
    {
        ulong crystal = PlatformClock.ToCrystal(now);
        ulong period = Period;
        if (period != 0 && crystal / period != _crystal / period)
        {
            _bytes[C] |= Periodic;
        }

        ulong seconds = now / Second;
        if (seconds != _seconds && !IsSet)
        {
            _bytes[C] |= NextAlarm() <= _start + seconds ? (byte)(Updated | Alarm) : Updated;
        }

        _crystal = crystal;
        _seconds = seconds;
    }

    // Which register cannot be read back.
    public byte Read(uint offset, ulong now)
    {
        if (offset == 0)
        {
            return byte.MaxValue;
        }

        Elapse(now);
        ShowTime();
        byte value = _bytes[_index];
        switch (_index)
        {
            case A when now % Second >= Second - UpdateTicks && !IsSet: return (byte)(value | InProgress);
            case C:
                value |= (byte)(Interrupt ? 0x80 : 0);
                _bytes[C] = 0;
                break;
        }

        return value;
    }

    public void Write(uint offset, byte value, ulong now)
    {
        if (offset == 0)
        {
            _index = (byte)(value & (Bytes - 1));
            return;
        }

        Elapse(now);
        ShowTime();
        bool wasSet = IsSet;
        switch (_index)
        {
            case A: _bytes[A] = (byte)(value & ~InProgress); return;
            case B: _bytes[B] = (byte)((value & Set) != 0 ? value & ~Updated : value); break;
            case C or D: return;
            default: _bytes[_index] = value; break;
        }

        if (!IsSet && (wasSet || _index is < A or Century))
        {
            TakeTime();
        }
    }

    private void ShowTime()
    {
        if (IsSet)
        {
            return;
        }

        Calendar time = Calendar.At(_start + _seconds);
        _bytes[0] = Encode(time.Second);
        _bytes[2] = Encode(time.Minute);
        _bytes[4] = (_bytes[B] & Has24Hours) != 0 ? Encode(time.Hour)
            : (byte)(Encode(((time.Hour + 11) % 12) + 1) | (time.Hour >= 12 ? Afternoon : 0));
        _bytes[6] = Encode(time.Weekday);
        _bytes[7] = Encode(time.Day);
        _bytes[8] = Encode(time.Month);
        _bytes[9] = Encode(time.Year % 100);
        _bytes[Century] = Encode(time.Year / 100);
    }

    private void TakeTime()
    {
        var time = new Calendar
        {
            Year = (100 * Decode(_bytes[Century])) + Decode(_bytes[9]),
            Month = Decode(_bytes[8]),
            Day = Decode(_bytes[7]),
            Hour = DecodeHour(_bytes[4]),
            Minute = Decode(_bytes[2]),
            Second = Decode(_bytes[0]),
        };
        _start = time.ToSeconds() - _seconds;
    }

    // The next second that the alarm's three bytes fit, or the end of all times. From the second up, each sets the time
    // forward to where it fits, with those below at their first.
    private readonly ulong NextAlarm()
    {
        ulong next = _start + _seconds + 1;
        uint first = 0;
        uint unit = 1;
        for (int i = 1; i <= 5; i += 2)
        {
            uint units = i == 5 ? 24u : 60;
            uint wanted = _bytes[i] >= AnyTime ? units : i == 5 ? DecodeHour(_bytes[i]) : Decode(_bytes[i]);
            uint have = (uint)(next / unit % units);
            if (wanted > units || (wanted == units && _bytes[i] < AnyTime))
            {
                return ulong.MaxValue;
            }

            if (wanted != units)
            {
                next = wanted == have ? next : next - (next % unit) + ((wanted + units - have) % units * unit) + first;
                first += wanted * unit;
            }

            unit *= units;
        }

        return next;
    }

    private readonly byte Encode(uint value) => (byte)((_bytes[B] & IsBinary) != 0 ? value : value + (value / 10 * 6));

    private readonly uint Decode(byte value) =>
        (_bytes[B] & IsBinary) != 0 ? value : ((uint)(value >> 4) * 10) + (value & 0xFu);

    private readonly uint DecodeHour(byte value) =>
        (_bytes[B] & Has24Hours) != 0 ? Decode(value)
            : (Decode((byte)(value & ~Afternoon)) % 12) + ((value & Afternoon) != 0 ? 12u : 0);
}
