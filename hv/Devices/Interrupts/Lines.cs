// Which chip drives which line: after an access to a chip, and after its time has elapsed, its function here reads what
// its pins say and passes it on to Interrupts. HPET specification 1.0a, 2.3.5 (LEG_RT_CNF): in legacy replacement the
// PIT and the real-time clock are cut off from IRQ 0 and IRQ 8, which are the HPET's then.

namespace MinusOne.Hv.Devices.Interrupts;

internal static unsafe class Lines
{
    private const int PitLine = 0;
    private const int SerialPortLine = 4;
    private const int ClockLine = 8;

    public static void Pit(Vm* vm)
    {
        bool hasRisen = vm->Board.Pit.TakeEdge();
        if (vm->Board.Hpet.IsLegacy)
        {
            return;
        }

        if (hasRisen)
        {
            InterruptRouting.Pulse(vm, PitLine);
        }

        if (!vm->Board.Pit.Interrupt)
        {
            InterruptRouting.SetLine(vm, PitLine, false);
        }
    }

    public static void Hpet(Vm* vm)
    {
        uint pulses = vm->Board.Hpet.TakePulses();
        uint levels = vm->Board.Hpet.Lines;
        uint changed = levels ^ vm->Board.HpetLevels;
        vm->Board.HpetLevels = levels;
        for (int input = 0; ((pulses | changed) >> input) != 0; input++)
        {
            uint bit = 1u << input;
            if ((pulses & bit) != 0)
            {
                InterruptRouting.Pulse(vm, input);
            }
            else if ((changed & bit) != 0)
            {
                InterruptRouting.SetLine(vm, input, (levels & bit) != 0);
            }
        }
    }

    public static void Serial(Vm* vm) => InterruptRouting.SetLine(vm, SerialPortLine, vm->Board.Serial.Interrupt);

    // The real-time clock, and what ACPI has to say.
    public static void Clock(Vm* vm)
    {
        if (!vm->Board.Hpet.IsLegacy)
        {
            InterruptRouting.SetLine(vm, ClockLine, vm->Board.Cmos.Interrupt);
        }

        InterruptRouting.SetLine(vm, PowerManagement.Line, vm->Board.Power.Interrupt);
    }
}
