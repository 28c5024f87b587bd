// Which ports or MSRs exit, in the words of a configuration.
namespace MinusOne.Guests.Kit;

internal static class Intercept
{
    private const uint Reads = 1;
    private const uint Writes = 2;

    public static InterceptRange NoPort => Range(0, 0xFFFF, 0);

    // The virtual serial port, without which nothing is seen, and the power-off port, without which nothing ends.
    public static InterceptRange ConsolePorts => Port(GuestCode.SerialPort, GuestCode.SerialPort + 7);

    public static InterceptRange PowerOffPort => Port(GuestCode.PowerOffPort, GuestCode.PowerOffPort + 1);

    public static InterceptRange Port(uint port) => Port(port, port);

    public static InterceptRange Port(uint first, uint last) => Range(first, last, Reads | Writes);

    public static InterceptRange NotPort(uint port) => Range(port, port, 0);

    public static InterceptRange Msr(Msr msr) => Msrs(msr, msr);

    public static InterceptRange Msrs(Msr first, Msr last) => Range((uint)first, (uint)last, Reads | Writes);

    public static InterceptRange MsrReads(Msr msr) => Range((uint)msr, (uint)msr, Reads);

    public static InterceptRange MsrWrites(Msr msr) => Range((uint)msr, (uint)msr, Writes);

    public static InterceptRange NotMsr(Msr msr) => NotMsrs(msr, msr);

    public static InterceptRange NotMsrs(Msr first, Msr last) => Range((uint)first, (uint)last, 0);

    private static InterceptRange Range(uint first, uint last, uint accesses) =>
        new() { First = first, Last = last, Accesses = accesses };
}
