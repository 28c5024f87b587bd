// The end of a time slice, and a guest's deadlines: SVM has no timer of its own, so it is the host's local APIC that
// interrupts the guest. AMD APM 2 16.4.1 APIC Timer Interrupt. How fast it counts is measured once against the TSC.
namespace MinusOne.Hv.Svm;

internal static class SliceTimer
{
    public const uint Vector = 0xEC;

    private const uint SpuriousVector = 0xF0;
    private const uint SpuriousEnabled = 0x1FF;
    private const uint LvtTimer = 0x320;
    private const uint LvtMasked = 1u << 16;
    private const uint InitialCount = 0x380;
    private const uint CurrentCount = 0x390;
    private const uint Divide = 0x3E0;
    private const uint DivideBy1 = 0xB;
    private const uint EndOfInterrupt = 0xB0;
    private const uint CommandLow = 0x300;
    private const uint ToSelf = 1u << 18;
    private const int MeasuredTicks = 1 << 22;
    private const int MostMeasurements = 8;
    private const int MostDoubt = 64;
    private const int Fraction = 32;

    // The least that a guest is given begins with this and ends with that.
    private const uint FirstTicks = 64;
    private const uint MostTicks = 1 << 18;

    public static void Start()
    {
        Cpu.WriteApic(SpuriousVector, SpuriousEnabled);
        Cpu.WriteApic(Divide, DivideBy1);
        Cpu.WriteApic(LvtTimer, LvtMasked | Vector);
        for (int i = 0; i < MostMeasurements && !TryMeasure(); i++)
        {
        }

        Cpu.WriteApic(InitialCount, 0);
        Cpu.WriteApic(LvtTimer, Vector);
    }

    // False: the processor stood still between the two readings of a moment, as one that is emulated does.
    private static bool TryMeasure()
    {
        ulong before = Cpu.ReadTsc();
        Cpu.WriteApic(InitialCount, uint.MaxValue);
        ulong begin = Cpu.ReadTsc(), end;
        do
        {
            end = Cpu.ReadTsc();
        }
        while (end - begin < MeasuredTicks);

        ulong counted = uint.MaxValue - Cpu.ReadApic(CurrentCount);
        ulong after = Cpu.ReadTsc();
        SvmCpu.Processor.TimerRatio = (counted << Fraction) / (after - begin);
        return begin - before + (after - end) < MeasuredTicks / MostDoubt;
    }

    public static void Stop()
    {
        Cpu.WriteApic(LvtTimer, LvtMasked | Vector);
        Cpu.WriteApic(InitialCount, 0);
    }

    // The timer goes on while the guest is being entered, which an emulator takes its time for: if that is longer than
    // a slice, the guest would never come to an instruction. So one that has not moved in a short time is given twice
    // as much. One that has had a longer time stays where it is because it wants to; and on Bochs an entry takes no
    // time.
    public static void Adapt(bool hasMoved)
    {
        ref SvmProcessor processor = ref SvmCpu.Processor;
        bool isShort = !hasMoved && !processor.HasTick && processor.ArmedTicks < MostTicks;
        processor.LeastTicks = isShort
            ? Math.Min((processor.LeastTicks * 2) + FirstTicks, MostTicks)
            : processor.LeastTicks / 2;
    }

    // It is there already: an instruction in a shadow is all that may still be executed.
    public static void Expire() => Cpu.WriteApic(CommandLow, ToSelf | Vector);

    // It comes after so many ticks of the TSC, at once after none.
    public static void Arm(uint ticks)
    {
        SvmCpu.Processor.Due = SvmCpu.Processor.IsBelowAnother ? Cpu.ReadTsc() + ticks : 0;
        ticks = Math.Max(ticks, SvmCpu.Processor.LeastTicks);
        SvmCpu.Processor.ArmedTicks = ticks;
        if (ticks == 0)
        {
            Expire();
            return;
        }

        ulong counts = (ticks * SvmCpu.Processor.TimerRatio) >> Fraction;
        Cpu.WriteApic(InitialCount, (uint)Math.Clamp(counts, 1, uint.MaxValue));
    }

    // LeastTicks begin anew with every Arm, and an emulator takes an interrupt only where it looks for one: a guest
    // that has one exit after the other would not be interrupted at all. On hardware VMRUN takes what is pending.
    public static bool IsOverdue => SvmCpu.Processor.Due != 0 && Cpu.ReadTsc() >= SvmCpu.Processor.Due;

    public static void End() => Cpu.WriteApic(EndOfInterrupt, 0);
}
