// The calendar against .NET's, over all the days it has.

using System;
using Xunit;

namespace MinusOne.Tests.Unit.Time;

public sealed class CalendarTests
{
    // 1 March of the year 0 is 306 days before .NET's first day.
    private const ulong FirstDay = 306;

    [Fact]
    public void DaysOfTenThousandYearsThereAndBack()
    {
        var random = new Random(5);
        int days = (DateTime.MaxValue - DateTime.MinValue).Days;
        int first = (new DateTime(1999, 1, 1) - DateTime.MinValue).Days;
        for (int i = 0; i <= days; i += i >= first && i < first + 150_000 ? 1 : 19)
        {
            DateTime date = DateTime.MinValue.AddDays(i).AddSeconds(random.Next(86_400));
            ulong seconds = FirstDay * Calendar.SecondsPerDay + (ulong)(date.Ticks / TimeSpan.TicksPerSecond);
            var calendar = Calendar.At(seconds);
            Assert.True((int)calendar.Year == date.Year && (int)calendar.Month == date.Month
                && (int)calendar.Day == date.Day && (int)calendar.Hour == date.Hour
                && (int)calendar.Minute == date.Minute && (int)calendar.Second == date.Second
                && (int)calendar.Weekday == (int)date.DayOfWeek + 1, $"seed 5, {date}");
            Assert.True(calendar.ToSeconds() == seconds, $"seed 5, {date}: {calendar.ToSeconds()}");
        }
    }

    [Fact]
    public void AnyNumbersAreATime()
    {
        ulong january = new Calendar { Year = 2024, Month = 1, Day = 1 }.ToSeconds();
        Assert.Equal(january, new Calendar { Year = 2024 }.ToSeconds());
        Assert.Equal(january, new Calendar { Year = 2023, Month = 13, Day = 1 }.ToSeconds());
        Assert.Equal(january + 86_400, new Calendar { Year = 2024, Month = 1, Day = 1, Hour = 24 }.ToSeconds());
        Assert.Equal(january, new Calendar { Year = 2023, Month = 12, Day = 32 }.ToSeconds());
        new Calendar { Year = 25_755, Month = 165, Day = 165, Hour = 177, Minute = 165, Second = 165 }.ToSeconds();
        Assert.Equal(0ul, new Calendar { Month = 3 }.ToSeconds());
    }
}
