// The clock of a PC against .NET's, in all its forms; setting it as kernels do; its three interrupts, late and in time.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class CmosTests
{
    private const ulong Second = 100_000_000;
    private const byte A = 0x0A, B = 0x0B, C = 0x0C, D = 0x0D, Century = 0x32;
    private const byte Set = 0x80, Periodic = 0x40, Alarm = 0x20, Updated = 0x10, Binary = 4, Has24Hours = 2;

    private static readonly DateTime s_start = new(2026, 2, 28, 23, 59, 50);

    [Theory]
    [InlineData(0)]
    [InlineData(Binary)]
    [InlineData(Has24Hours)]
    [InlineData(Binary | Has24Hours)]
    public void ItShowsTheTimeInEveryForm(byte form)
    {
        Cmos cmos = At(s_start);
        Write(ref cmos, B, form, 0);
        var random = new Random(form);
        for (int i = 0; i < 2000; i++)
        {
            ulong now = (ulong)random.NextInt64(100_000_000_000_000_000) >> random.Next(57);
            Assert.Equal(s_start.AddSeconds(now / Second), Show(ref cmos, form, now));
        }
    }

    [Theory]
    [InlineData(0ul, 0, 0, 0)]
    [InlineData(0x8_0000ul, 512, 0, 0)]
    [InlineData(0x20_0000ul, 640, 1024, 0)]
    [InlineData(0x300_0000ul, 640, 0xBC00, 0x200)]
    [InlineData(0xC000_0000ul, 640, 0xFFFF, 0xBF00)]
    public void ItTellsTheMemory(ulong memory, int low, int extended, int high)
    {
        Cmos cmos = default;
        cmos.Reset(0, memory);
        int Word(ref Cmos from, byte at) => Read(ref from, at, 0) | (Read(ref from, (byte)(at + 1), 0) << 8);
        Assert.Equal((low, extended, extended, high), (
            Word(ref cmos, 0x15), Word(ref cmos, 0x17), Word(ref cmos, 0x30), Word(ref cmos, 0x34)));
    }

    [Fact]
    public void ItIsSaneAtTheStart()
    {
        Cmos cmos = At(s_start);
        Assert.Equal(0x26, Read(ref cmos, A, 0));
        Assert.Equal(Has24Hours, Read(ref cmos, B, 0));
        Assert.Equal(0x80, Read(ref cmos, D, 0));
        Assert.Equal(0x20, Read(ref cmos, Century, 0));
        Assert.Equal(0xFF, cmos.Read(0, 0));
        Assert.Equal(ulong.MaxValue, cmos.Deadline);
        Assert.False(cmos.Interrupt);
    }

    // A guest that sees UIP clear has 244 microseconds in which nothing changes.
    [Fact]
    public void TheUpdateIsAnnounced()
    {
        Cmos cmos = At(s_start);
        Assert.Equal(0x26, Read(ref cmos, A, Second - 222_801));
        Assert.Equal(0xA6, Read(ref cmos, A, Second - 222_800));
        Assert.Equal(0xA6, Read(ref cmos, A, Second - 1));
        Assert.Equal(0x50, Read(ref cmos, 0, Second - 1));
        Assert.Equal(0x26, Read(ref cmos, A, Second));
        Assert.Equal(0x51, Read(ref cmos, 0, Second));
    }

    [Fact]
    public void ItIsSetWhileItStands()
    {
        Cmos cmos = At(s_start);
        ulong now = 3 * Second;
        Write(ref cmos, B, Set | Has24Hours | Updated, now);
        Assert.Equal(Set | Has24Hours, Read(ref cmos, B, now));
        byte[] time = [0x56, 0, 0x34, 0, 0x12, 0, 1, 0x29, 0x02, 0x32];
        for (byte i = 0; i < time.Length; i++)
        {
            Write(ref cmos, i, time[i], now += Second);
        }

        Assert.Equal(0x56, Read(ref cmos, 0, now += 10 * Second));
        Write(ref cmos, B, Has24Hours, now);
        Assert.Equal(new DateTime(2032, 2, 29, 12, 34, 59), Show(ref cmos, Has24Hours, now + 3 * Second));
        Write(ref cmos, Century, 0x21, now);
        Write(ref cmos, 7, 0x28, now);
        Assert.Equal(new DateTime(2132, 2, 28, 12, 34, 56), Show(ref cmos, Has24Hours, now));
    }

    [Fact]
    public void MemoryKeepsWhatItIsGiven()
    {
        Cmos cmos = At(s_start);
        for (byte i = 0x0E; i < 0x80; i++)
        {
            if (i != Century)
            {
                Write(ref cmos, (byte)(i | 0x80), (byte)(i * 3), 0);
            }
        }

        for (byte i = 0x0E; i < 0x80; i++)
        {
            Assert.Equal(i == Century ? 0x20 : (byte)(i * 3), Read(ref cmos, i, Second));
        }
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(2, 128)]
    [InlineData(3, 8192)]
    [InlineData(6, 1024)]
    [InlineData(15, 2)]
    public void ThePeriodicInterruptHasItsRate(byte rate, int hertz)
    {
        Cmos cmos = At(s_start);
        Write(ref cmos, A, (byte)(0x20 | rate), 0);
        Write(ref cmos, B, Has24Hours | Periodic, 0);
        ulong now = 0;
        for (int i = 1; i <= hertz; i++)
        {
            now = cmos.Deadline;
            Assert.Equal((ulong)(((UInt128)i * Second + (uint)hertz - 1) / (uint)hertz), now);
            cmos.Elapse(now - 1);
            Assert.False(cmos.Interrupt);
            cmos.Elapse(now);
            Assert.True(cmos.Interrupt);
            Assert.Equal(ulong.MaxValue, cmos.Deadline);
            Assert.Equal(0x80 | Periodic, Read(ref cmos, C, now) & ~Updated);
            Assert.False(cmos.Interrupt);
        }

        Assert.Equal(Second, now);
        cmos.Elapse(now * 5);
        Assert.Equal(0x80 | Periodic | Updated, Read(ref cmos, C, now * 5));
        Assert.Equal(0, Read(ref cmos, C, now * 5));
        Write(ref cmos, A, 0x20, now * 5);
        Assert.Equal(ulong.MaxValue, cmos.Deadline);
    }

    [Fact]
    public void EverySecondCanInterrupt()
    {
        Cmos cmos = At(s_start);
        Write(ref cmos, A, 0x20, 0);
        Write(ref cmos, B, Has24Hours | Updated, Second / 2);
        Assert.Equal(Second, cmos.Deadline);
        cmos.Elapse(Second);
        Assert.True(cmos.Interrupt);
        Assert.Equal(0x80 | Updated, Read(ref cmos, C, Second));
        Assert.Equal(2 * Second, cmos.Deadline);
    }

    // Against looking at every second of the next two days.
    [Fact]
    public void TheAlarmComesWhenItsBytesFit()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            byte form = (byte)(random.Next(4) << 1);
            var start = new DateTime(2026, 1, 1).AddSeconds(random.Next(400 * 86_400));
            Cmos cmos = At(start);
            Write(ref cmos, B, (byte)(form | Alarm), 0);
            int[] wanted = [random.Next(-40, 60), random.Next(-40, 60), random.Next(-10, 24)];
            for (byte i = 0; i < 3; i++)
            {
                Write(ref cmos, (byte)((2 * i) + 1), wanted[i] < 0 ? (byte)random.Next(0xC0, 0x100)
                    : Encode(wanted[i], form, isHour: i == 2), 0);
            }

            DateTime time = start.AddSeconds(1);
            while (!(Fits(wanted[0], time.Second) && Fits(wanted[1], time.Minute) && Fits(wanted[2], time.Hour)))
            {
                time = time.AddSeconds(1);
            }

            ulong due = (ulong)(time - start).TotalSeconds * Second;
            Assert.True(due == cmos.Deadline, $"seed 7, round {round}: {cmos.Deadline} for {due}");
            cmos.Elapse(due - 1);
            Assert.False(cmos.Interrupt);
            cmos.Elapse(due + (ulong)random.NextInt64(100 * (long)Second));
            Assert.True(cmos.Interrupt);
        }
    }

    [Fact]
    public void AnAlarmThatFitsNoTimeNeverComes()
    {
        Cmos cmos = At(s_start);
        Write(ref cmos, B, Has24Hours | Alarm, 0);
        Write(ref cmos, 3, 0x60, 0);
        Assert.Equal(ulong.MaxValue, cmos.Deadline);
        cmos.Elapse(1_000_000 * Second);
        Assert.False(cmos.Interrupt);
    }

    [Fact]
    public void RubbishHurtsNobody()
    {
        var random = new Random(11);
        Cmos cmos = At(s_start);
        ulong now = 0;
        for (int i = 0; i < 100_000; i++)
        {
            now += (ulong)random.NextInt64(long.MaxValue) >> random.Next(20, 64);
            Write(ref cmos, (byte)random.Next(random.Next(2) == 0 ? 14 : 256), (byte)random.Next(256), now);
            Read(ref cmos, (byte)random.Next(256), now);
            cmos.Elapse(now);
            Assert.True(cmos.Deadline > now, $"seed 11, step {i}: {cmos.Deadline} at {now}");
        }
    }

    private static bool Fits(int wanted, int value) => wanted < 0 || wanted == value;

    private static Cmos At(DateTime time)
    {
        Cmos cmos = default;
        cmos.Reset(new Calendar
        {
            Year = (uint)time.Year,
            Month = (uint)time.Month,
            Day = (uint)time.Day,
            Hour = (uint)time.Hour,
            Minute = (uint)time.Minute,
            Second = (uint)time.Second,
        }.ToSeconds());
        return cmos;
    }

    private static byte Read(ref Cmos cmos, byte register, ulong now)
    {
        cmos.Write(0, register, now);
        return cmos.Read(1, now);
    }

    private static void Write(ref Cmos cmos, byte register, byte value, ulong now)
    {
        cmos.Write(0, register, now);
        cmos.Write(1, value, now);
    }

    private static byte Encode(int value, byte form, bool isHour = false)
    {
        bool isAfternoon = isHour && (form & Has24Hours) == 0 && value >= 12;
        value = isHour && (form & Has24Hours) == 0 ? value % 12 == 0 ? 12 : value % 12 : value;
        byte digits = (form & Binary) != 0 ? (byte)value : Convert.ToByte(value.ToString(), 16);
        return (byte)(digits | (isAfternoon ? 0x80 : 0));
    }

    [Fact]
    public void FirmwareFindsTheProcessorsBesideTheFirst()
    {
        Cmos cmos = default;
        cmos.Reset(0, 1 << 24, processors: 4);
        Assert.Equal(3, Read(ref cmos, 0x5F, 0));
    }

    private static int Number(byte value, byte form) =>
        (form & Binary) != 0 ? value : int.Parse(value.ToString("X"));

    private static DateTime Show(ref Cmos cmos, byte form, ulong now)
    {
        byte raw = Read(ref cmos, 4, now);
        int hour = (form & Has24Hours) != 0 ? Number(raw, form)
            : (Number((byte)(raw & 0x7F), form) % 12) + (raw >= 0x80 ? 12 : 0);
        int year = (100 * Number(Read(ref cmos, Century, now), form)) + Number(Read(ref cmos, 9, now), form);
        var time = new DateTime(year, Number(Read(ref cmos, 8, now), form), Number(Read(ref cmos, 7, now), form), hour,
            Number(Read(ref cmos, 2, now), form), Number(Read(ref cmos, 0, now), form));
        Assert.Equal((int)time.DayOfWeek + 1, Read(ref cmos, 6, now));
        return time;
    }
}
