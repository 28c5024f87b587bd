// D11: the same local APIC twice, once through its page and once through MSRs. What each register holds, and what came
// of each thing that was tried, stands in two columns; a row in which they differ is a failure. SDM 3A 12.4 Local APIC,
// 12.12 Extended XAPIC (x2APIC).

using MinusOne.Guests.Kit;

namespace MinusOne.Guests.Demos;

internal static class Apic
{
    public static Guest Guest { get; } = new(
        "apic", "D11", "xAPIC in memory and x2APIC by MSR are the same device, register by register",
        new GuestConfig(Start.Long(Body))
        {
            Title = "every register and every source of interrupts, in both modes",
            Flags = VmFeatures.Pc,
        })
    {
        IsExact = true,
    };

    private static void Body(GuestCode part)
    {
        var apic = new ApicCode(part);
        var hpet = new HpetCode(part);
        var table = new TwoColumns(part);
        var rows = new ApicRows(part, table, apic, hpet);
        var timer = new ApicTimerRows(part, table, apic, hpet);
        Gates.Install(part, [.. rows.Handlers, timer.Handler]);
        hpet.Write(HpetCode.Configuration, 1);
        table.Begin();
        apic.Restart();
        rows.Registers();
        rows.Interrupts();
        rows.Level();
        rows.Error();
        timer.OneShot();
        timer.PeriodicMode();
        timer.TscDeadline();
        timer.Divisors();
        table.End("xAPIC", "x2APIC");
        part.PowerOff();
        rows.EmitHandlers();
        timer.EmitHandler();
    }
}
