// The power-management timer of ACPI, which the FADT names: 3,579,545 Hz, 24 bits or 32. ACPI 6.5, 4.8.3.3 Power
// Management Timer, 5.2.9 Fixed ACPI Description Table.
namespace MinusOne.Efi.Metal.Clocks;

internal readonly unsafe struct PowerTimer : ICounter
{
    private const uint Port = 76;
    private const uint PortBytes = 91;
    private const uint Flags = 112;
    private const uint Address = 208;
    private const uint HasAllBits = 1 << 8;
    private const uint IsHardwareReduced = 1 << 20;

    private readonly ushort _port;
    private readonly uint* _register;

    // The long address counts where there is one.
    public PowerTimer(in AcpiTable fadt)
    {
        uint flags = fadt.Dword(Flags);
        if (!fadt.IsThere || (flags & IsHardwareReduced) != 0 || fadt.Byte(PortBytes) != sizeof(uint))
        {
            return;
        }

        Mask = (flags & HasAllBits) != 0 ? uint.MaxValue : 0xFF_FFFF;
        var address = new AcpiAddress(fadt, Address);
        uint port = fadt.Dword(Port);
        _register = address.IsMemory ? (uint*)address.Value : null;
        _port = address.IsPort ? (ushort)address.Value : port <= ushort.MaxValue ? (ushort)port : (ushort)0;
    }

    public bool IsThere => _port != 0 || _register != null;

    public ClockKind Kind => ClockKind.PowerTimer;

    public ulong Hertz => 3_579_545;

    public uint Mask { get; }

    public uint Read() =>
        (_register != null ? System.Threading.Volatile.Read(ref *_register) : Ports.In32(_port)) & Mask;

    public ClockReading Measure() => IsThere ? CounterClock.Measure(this) : default;
}
