// What ACPI calls fixed hardware, where QEMU's q35 has it: the PM1 events at 600h with the power button, PM1 control at
// 604h, the timer at 608h. ACPI 6.5, 4.8.3.1 PM1 Event Grouping, 4.8.3.3 Power Management Timer. There is no other mode
// than ACPI's, so SCI_EN is always set, and the only sleep is soft-off.
namespace MinusOne.Hv.Devices.Platform;

internal struct PowerManagement
{
    // The system control interrupt, level-triggered.
    public const int Line = 9;

    // PM1 control: what \_S5 names, and SLP_EN with it.
    public const int SoftOffType = 5;
    private const ushort SleepType = 0x1C00;
    private const ushort SleepEnable = 0x2000;
    private const ushort SoftOff = SleepEnable | (SoftOffType << 10);

    private const uint TimerCarry = 1u << 0;
    private const uint PowerButton = 1u << 8;

    // Global lock, the two buttons, the clock's alarm.
    private const uint Events = TimerCarry | (1u << 5) | PowerButton | (1u << 9) | (1u << 10);

    private const ushort AcpiEnabled = 1;

    // The highest bit of 24 is the carry.
    private const uint TimerMask = 0xFF_FFFF;
    private const int CarryBit = 23;

    private uint _status;
    private uint _enabled;
    private ushort _control;

    // How often the carry has changed.
    private ulong _carries;

    public readonly bool Interrupt => (_status & _enabled) != 0;

    public readonly ulong Deadline => (_enabled & ~_status & TimerCarry) != 0
        ? PlatformClock.FromPower((_carries + 1) << CarryBit)
        : ulong.MaxValue;

    public void PressButton() => _status |= PowerButton;

    public void Elapse(ulong now)
    {
        ulong carries = PlatformClock.ToPower(now) >> CarryBit;
        _status |= carries != _carries ? TimerCarry : 0;
        _carries = carries;
    }

    public static ulong ReadTimer(uint offset, int bytes, ulong now) =>
        Part((uint)PlatformClock.ToPower(now) & TimerMask, offset, bytes);

    // Status, and two bytes above it what of it interrupts.
    public ulong ReadEvents(uint offset, int bytes, ulong now)
    {
        Elapse(now);
        return Part(_status | (_enabled << 16), offset, bytes);
    }

    // A 1 in the status ends an event.
    public void WriteEvents(uint offset, int bytes, ulong value, ulong now)
    {
        Elapse(now);
        int shift = (int)(8 * offset);
        uint written = (uint)(value << shift);
        uint mask = (uint)(ulong.MaxValue >> (64 - (8 * bytes)) << shift);
        _status &= ~(written & mask & 0xFFFF);
        _enabled = ((_enabled & ~(mask >> 16)) | ((written & mask) >> 16)) & Events;
    }

    public readonly ulong ReadControl(uint offset, int bytes) => Part((uint)_control | AcpiEnabled, offset, bytes);

    // A word, or nothing. True: off.
    public bool WriteControl(ushort value)
    {
        _control = (ushort)(value & SleepType);
        return (value & (SleepType | SleepEnable)) == SoftOff;
    }

    private static ulong Part(uint register, uint offset, int bytes) =>
        (register >> (int)(8 * offset)) & (ulong.MaxValue >> (64 - (8 * bytes)));
}
