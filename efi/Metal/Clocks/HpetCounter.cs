// The main counter of the HPET that ACPI names, its lower half. IA-PC HPET Specification 1.0a, 2.3 Memory Mapped
// Registers. One that firmware has not started counts while it is looked at.

using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Metal.Clocks;

internal readonly unsafe struct HpetCounter : ICounter
{
    private const uint TableAddress = 40;
    private const int Period = 4;
    private const int Configuration = 0x10;
    private const int MainCounter = 0xF0;
    private const uint Enabled = 1;
    private const uint ReplacesLegacy = 2;
    private const ulong SlowestPeriod = 100_000_000;
    private const ulong FastestPeriod = 1_000_000;
    private const ulong Femtoseconds = 1_000_000_000_000_000;

    private readonly byte* _registers;

    // Not there unless the table, and the chip, say what can be.
    public HpetCounter(in AcpiTable table)
    {
        var address = new AcpiAddress(table, TableAddress);
        if (!table.IsThere || !address.IsMemory || (address.Value & 0x3FF) != 0)
        {
            return;
        }

        _registers = (byte*)address.Value;
        uint period = Register(Period);
        bool isGood = period is >= (uint)FastestPeriod and <= (uint)SlowestPeriod;
        _registers = isGood ? _registers : null;
        Hertz = isGood ? Femtoseconds / period : 0;
    }

    public static HpetCounter Of(in FirmwareTables tables)
    {
        AcpiTable table = tables.Find(FirmwareTables.Hpet);
        return tables.IsDevice(new AcpiAddress(table, TableAddress).Value) ? new HpetCounter(table) : default;
    }

    public bool IsThere => _registers != null;

    public ClockKind Kind => ClockKind.Hpet;

    public ulong Hertz { get; }

    public uint Mask => uint.MaxValue;

    public uint Read() => Register(MainCounter);

    public ClockReading Measure()
    {
        if (!IsThere)
        {
            return default;
        }

        uint before = Register(Configuration);
        *(uint*)(_registers + Configuration) = before | Enabled;
        ClockReading reading = CounterClock.Measure(this);
        if ((before & Enabled) == 0)
        {
            *(uint*)(_registers + Configuration) = before;
        }

        return reading;
    }

    // Neither counts nor interrupts, in the place of the 8254 least of all.
    public void Stop()
    {
        if (IsThere)
        {
            *(uint*)(_registers + Configuration) = Register(Configuration) & ~(Enabled | ReplacesLegacy);
        }
    }

    // Read anew each time: another one writes there.
    // A call, so that all four bytes are read, whatever is asked of them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint Register(int offset) => System.Threading.Volatile.Read(ref *(uint*)(_registers + offset));
}
