// The local APIC of the processor we run on: through MSRs in x2APIC mode, through its page otherwise. SDM 3A 12.4.1 The
// Local APIC Block Diagram, 12.12 Extended XAPIC (x2APIC). The page is uncacheable by its MTRR.

using System.Runtime.CompilerServices;
using MinusOne.Efi.Host;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Cpu
{
    private const uint EndOfInterrupt = 0xB0;
    private const uint CommandLow = 0x300;
    private const uint CommandHigh = 0x310;
    private const uint SendPending = 1 << 12;
    private const uint AssertLevel = 1 << 14;
    private const uint FirstInterrupt = 32;
    private const uint SpuriousVector = 0xFF;
    private const ulong X2Mode = 1UL << 10;
    private const ulong IoApicSelect = 0xFEC0_0000;
    private const ulong IoApicWindow = 0xFEC0_0010;
    private const ulong PageMask = 0x000F_FFFF_FFFF_F000;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static partial uint ReadApic(uint offset)
    {
        ulong apicBase = ReadMsr(Msr.ApicBase);
        return (apicBase & X2Mode) != 0
            ? (uint)ReadMsr((uint)Msr.X2ApicBase + (offset >> 4))
            : *(uint*)((apicBase & PageMask) + offset);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static partial void WriteApic(uint offset, uint value)
    {
        ulong apicBase = ReadMsr(Msr.ApicBase);
        if ((apicBase & X2Mode) != 0)
        {
            WriteMsr((uint)Msr.X2ApicBase + (offset >> 4), value);
        }
        else
        {
            *(uint*)((apicBase & PageMask) + offset) = value;
        }
    }

    // INTR, INIT or a start-up to one other processor, which sees by then what this one has written. SDM 3A 12.6.1
    // Interrupt Command Register (ICR).
    internal static void SendCommand(uint apicId, uint command)
    {
        HostCpu.CompleteWrites();
        if ((ReadMsr(Msr.ApicBase) & X2Mode) != 0)
        {
            WriteMsr((uint)Msr.X2ApicBase + (CommandLow >> 4), ((ulong)apicId << 32) | command);
            return;
        }

        while ((ReadApic(CommandLow) & SendPending) != 0)
        {
            Pause();
        }

        WriteApic(CommandHigh, apicId << 24);
        WriteApic(CommandLow, command);
    }

    public static partial void SendMessage(uint apicId) => SendCommand(apicId, AssertLevel | MessageVector);

    // With SVM on, the global interrupt flag is clear.
    public static partial void WaitForMessage()
    {
        bool isClosed = IsAmd && (ReadMsr(Msr.Efer) & SvmMsr.EferEnable) != 0;
        uint vector = isClosed ? SvmCpu.WaitForInterrupt() : HostCpu.HaltForInterrupt();
        if (vector is >= FirstInterrupt and < SpuriousVector)
        {
            WriteApic(EndOfInterrupt, 0);
        }
    }

    public static partial void WriteIoApic(uint register, uint value)
    {
        *(uint*)IoApicSelect = register;
        *(uint*)IoApicWindow = value;
    }
}
