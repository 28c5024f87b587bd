// A date and a time of day, and the count of seconds since 1 March of the year 0 that they are: with years that begin
// in March the leap day is the last, and the lengths of the months follow a straight line. Gregorian throughout.
namespace MinusOne.Hv.Devices.Timers;

internal struct Calendar
{
    public const uint SecondsPerDay = 86_400;
    private const uint DaysPerYear = 365;
    private const uint DaysPer4Years = (4 * DaysPerYear) + 1;
    private const uint DaysPer100Years = (25 * DaysPer4Years) - 1;
    private const uint DaysPer400Years = (4 * DaysPer100Years) + 1;

    // The months from March to July have 153 days, and so have those from August to December.
    private const uint FiveMonths = 153;

    public uint Year;
    public uint Month;
    public uint Day;
    public uint Hour;
    public uint Minute;
    public uint Second;

    // 1 is Sunday.
    public uint Weekday;

    public static Calendar At(ulong seconds)
    {
        ulong days = seconds / SecondsPerDay;
        uint time = (uint)(seconds % SecondsPerDay);
        uint day = (uint)(days % DaysPer400Years);
        uint leapDays = (day / (DaysPer4Years - 1)) - (day / DaysPer100Years) + (day / (DaysPer400Years - 1));
        uint year = (day - leapDays) / DaysPerYear;
        day -= DaysBefore(year);
        uint month = ((5 * day) + 2) / FiveMonths;
        return new Calendar
        {
            Year = (uint)(days / DaysPer400Years * 400) + year + (month < 10 ? 0u : 1),
            Month = month < 10 ? month + 3 : month - 9,
            Day = day - DaysBeforeMonth(month) + 1,
            Hour = time / 3600,
            Minute = time / 60 % 60,
            Second = time % 60,
            Weekday = (uint)((days + 3) % 7) + 1,
        };
    }

    // Any numbers: what is too large carries on, what is too small is the smallest there is. No weekday is needed.
    public readonly ulong ToSeconds()
    {
        uint month = Month < 1 ? 0 : Month - 1;
        uint year = Year + (month / 12);
        month %= 12;
        if (month < 2)
        {
            month += 12;
            year = year == 0 ? 0 : year - 1;
        }

        ulong days = DaysBefore(year) + (ulong)DaysBeforeMonth(month - 2) + (Day < 1 ? 0 : Day - 1);
        return (days * SecondsPerDay) + (Hour * 3600) + (Minute * 60) + Second;
    }

    private static uint DaysBefore(uint year) => (DaysPerYear * year) + (year / 4) - (year / 100) + (year / 400);

    // Months from March.
    private static uint DaysBeforeMonth(uint month) => ((FiveMonths * month) + 2) / 5;
}
