// The TSC's rate: every clock of the machine is asked, and the log is told which one is believed, by how much it may be
// wrong, and what the others say. Done while firmware is there, with its interrupts held back, so that a machine
// without a clock can be given back.

using System;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Metal.Clocks;

internal static class TscClock
{
    private const int Count = 4;
    private const ulong Million = 1_000_000;

    public static ReadOnlySpan<byte> NoClock =>
        "there is no clock to measure the TSC by: HPET, ACPI's power-management timer and the 8254 are missing or "u8
        + "stand still, and CPUID (15H, 16H) tells no rate; switch the HPET on in the firmware set-up"u8;

    // 0, and nothing said: there is no clock.
    public static ulong Measure(in FirmwareTables tables)
    {
        Readings readings = default;
        readings[0] = HpetCounter.Of(tables).Measure();
        readings[1] = new PowerTimer(tables.Find(FirmwareTables.Fadt)).Measure();
        readings[2] = PitClock.Measure();
        readings[3] = CpuidClock.Read();
        var vote = new ClockVote(readings);
        if (vote.Chosen < 0)
        {
            return 0;
        }

        ClockReading chosen = readings[vote.Chosen].Rounded();
        Tell(vote, readings, chosen);
        return chosen.Hertz;
    }

    private static void Tell(in ClockVote vote, ReadOnlySpan<ClockReading> readings, in ClockReading chosen)
    {
        bool isRounded = chosen.Hertz != readings[vote.Chosen].Hertz;
        Writer line = Writer.Log.Text("TSC "u8);
        line = Megahertz(line, chosen.Hertz).Text(" by "u8).Text(NameOf(chosen.Kind))
            .Text(isRounded ? ", rounded"u8 : default).Text(", give or take "u8).Decimal(chosen.Doubt).Text(" ppm"u8);
        for (int i = 0; i < readings.Length; i++)
        {
            ref readonly ClockReading other = ref readings[i];
            if (i == vote.Chosen || !other.IsThere)
            {
                continue;
            }

            line = line.Text("; "u8).Text(NameOf(other.Kind)).Text(" "u8);
            long distance = chosen.Distance(other);
            line = vote.Agrees(vote.Chosen, i)
                ? line.Text(distance < 0 ? "-"u8 : "+"u8).Decimal((ulong)Math.Abs(distance)).Text(" ppm"u8)
                : Megahertz(line, other.Hertz).Text(", which is not believed"u8);
        }

        line.Text(vote.IsConfirmed ? default : "; no other clock confirms it"u8).EndLine();
    }

    // With three decimals.
    private static Writer Megahertz(Writer line, ulong hertz)
    {
        ulong thousandths = (hertz % Million) / 1000;
        line = line.Decimal(hertz / Million).Text("."u8);
        return line.Text(thousandths < 10 ? "00"u8 : thousandths < 100 ? "0"u8 : default).Decimal(thousandths)
            .Text(" MHz"u8);
    }

    private static ReadOnlySpan<byte> NameOf(ClockKind kind) => kind switch
    {
        ClockKind.Hpet => "the HPET"u8,
        ClockKind.PowerTimer => "the power-management timer"u8,
        ClockKind.Pit => "the 8254"u8,
        _ => "CPUID"u8,
    };

    [InlineArray(Count)]
    private struct Readings
    {
        private ClockReading _first;
    }
}
