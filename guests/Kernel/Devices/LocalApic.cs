// The local APIC: by MSRs where the processor has them (x2APIC), otherwise in memory. SDM 3A 12.4 Local APIC, 12.5.4
// APIC Timer, 12.12 Extended xAPIC (x2APIC). Used are the timer, the end of
// interrupts, and interrupts to other processors.

using System.Threading;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Devices;

internal static unsafe class LocalApic
{
    public const uint TimerVector = 0x20;
    public const uint SpuriousVector = 0x2F;

    private const ulong Enabled = 1ul << 11;
    private const ulong X2Apic = 1ul << 10;
    private const ulong AddressMask = 0xF_FFFF_F000;
    private const uint Masked = 1u << 16;
    private const uint TscDeadlineMode = 2u << 17;
    private const uint SoftwareEnable = 1u << 8;
    private const uint DivideBy1 = 0xB;
    private const uint Sending = 1u << 12;

    private static ulong s_address;

    private enum Register : uint
    {
        Id = 0x02,
        TaskPriority = 0x08,
        EndOfInterrupt = 0x0B,
        SpuriousVector = 0x0F,
        Command = 0x30,
        Destination = 0x31,
        Timer = 0x32,
        Lint0 = 0x35,
        Lint1 = 0x36,
        Error = 0x37,
        InitialCount = 0x38,
        CurrentCount = 0x39,
        Divide = 0x3E,
    }

    public static uint Id => Features.Has(Feature.X2Apic) ? Read(Register.Id) : Read(Register.Id) >> 24;

    public static uint Count => Read(Register.CurrentCount);

    public static void Enable()
    {
        ulong place = Cpu.ReadMsr(Msr.ApicBase);
        s_address = place & AddressMask;
        Cpu.WriteMsr(Msr.ApicBase, place | Enabled);
        if (Features.Has(Feature.X2Apic))
        {
            Cpu.WriteMsr(Msr.ApicBase, place | Enabled | X2Apic);
        }

        Write(Register.SpuriousVector, SoftwareEnable | SpuriousVector);
        Write(Register.TaskPriority, 0);
        Write(Register.Lint0, Masked);
        Write(Register.Lint1, Masked);
        Write(Register.Error, Masked | SpuriousVector);
        Write(Register.Timer, Masked | TimerVector);
        Write(Register.Divide, DivideBy1);
    }

    public static void UseTimer(bool deadline) => Write(Register.Timer, TimerVector | (deadline ? TscDeadlineMode : 0));

    // Down to 0 once; 0 stops it.
    public static void StartCount(uint ticks) => Write(Register.InitialCount, ticks);

    public static void EndOfInterrupt() => Write(Register.EndOfInterrupt, 0);

    // An interrupt to another processor: vector, kind and level as in the command register. SDM 3A 12.6.1 Interrupt
    // Command Register (ICR).
    public static void Send(uint id, uint command)
    {
        if (Features.Has(Feature.X2Apic))
        {
            Cpu.WriteMsr(Msr.X2ApicIcr, ((ulong)id << 32) | command);
            return;
        }

        while ((Read(Register.Command) & Sending) != 0)
        {
            Cpu.Pause();
        }

        Write(Register.Destination, id << 24);
        Write(Register.Command, command);
    }

    private static uint Read(Register register) => Features.Has(Feature.X2Apic)
        ? (uint)Cpu.ReadMsr(Msr.X2ApicBase + (uint)register)
        : Volatile.Read(ref *(uint*)(Frames.At(s_address) + ((uint)register * 16)));

    private static void Write(Register register, uint value)
    {
        if (Features.Has(Feature.X2Apic))
        {
            Cpu.WriteMsr(Msr.X2ApicBase + (uint)register, value);
        }
        else
        {
            Volatile.Write(ref *(uint*)(Frames.At(s_address) + ((uint)register * 16)), value);
        }
    }
}
