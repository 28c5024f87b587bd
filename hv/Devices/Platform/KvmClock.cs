// The clock that a Linux guest reads without an exit: KVM's, by two MSRs. Linux's Documentation/virt/kvm/x86/msr.rst,
// MSR_KVM_WALL_CLOCK_NEW and MSR_KVM_SYSTEM_TIME_NEW. The guest gives an address, and finds there how the TSC becomes
// nanoseconds since its beginning. A guest's TSC goes at one rate for ever, so that once is enough. Left out: to follow
// a guest that sets its TSC and does not ask again, the flag that tells that it was stopped, and the MSRs' older
// numbers.
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class KvmClock
{
    private const ulong Enabled = 1;
    private const ulong Alignment = 4;
    private const uint Version = 2;

    // PVCLOCK_TSC_STABLE_BIT: all processors' TSCs are one clock.
    private const ulong IsStable = 1UL << 40;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    // Calendar counts from the year 0, Linux from 1970.
    private const ulong SecondsBefore1970 = 719_468UL * Calendar.SecondsPerDay;

    // At the guest's beginning its TSC was `start`. False: #GP(0).
    public static bool TryWrite(Board* board, GuestMemory* memory, uint msr, ulong value, ulong start, ulong tscHertz)
    {
        bool isTime = msr == (uint)Msr.KvmSystemTime;
        ulong address = isTime ? value & ~Enabled : value;
        if (address % Alignment != 0)
        {
            return false;
        }

        if (!isTime)
        {
            ulong seconds = board->Cmos.Beginning - SecondsBefore1970;
            Write(memory, address, [Version, (uint)seconds, 0]);
        }
        else if ((value & Enabled) != 0)
        {
            uint multiplier = Scale(tscHertz, out int shift);
            ulong words = multiplier | ((ulong)(byte)shift << 32) | IsStable;
            Write(memory, address,
                [Version, 0, (uint)start, (uint)(start >> 32), 0, 0, (uint)words, (uint)(words >> 32)]);
        }

        return true;
    }

    // Nanoseconds are ((ticks << shift) * multiplier) >> 32, with a multiplier that uses all of its bits.
    public static uint Scale(ulong hertz, out int shift)
    {
        ulong numerator = NanosecondsPerSecond, denominator = Math.Max(hertz, 1);
        shift = 0;
        for (; numerator >= denominator; denominator <<= 1)
        {
            shift++;
        }

        for (; 2 * numerator < denominator; numerator <<= 1)
        {
            shift--;
        }

        for (; denominator > uint.MaxValue; denominator >>= 1)
        {
            numerator >>= 1;
        }

        return (uint)Math.Min((numerator << 32) / denominator, uint.MaxValue);
    }

    // What the guest has no memory for is lost.
    private static void Write(GuestMemory* memory, ulong address, scoped ReadOnlySpan<uint> words) =>
        memory->Load(new Gpa(address), MemoryMarshal.AsBytes(words));
}
