// Machine checks: the hardware has found an error in itself. One that comes while a guest runs exits; guests have no
// banks to find it in, so the host tells what its banks say, empties them, and lets the guest go on if nothing of what
// it works with is wrong. SDM 3B 17.3 Machine-Check MSRs, 17.8 Machine-Check Initialization, 17.9 Interpreting the
// MCA Error Codes; AMD APM 2 9.3 Machine Check Architecture MSRs.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class MachineCheckExits
{
    private const uint Architecture = 1u << 14;
    private const uint CountMask = 0xFF;
    private const uint RegistersEach = 4;
    private const uint ToAddress = 1;
    private const uint ToDetail = 2;

    // MCG_STATUS: the program that was interrupted can be gone on with.
    private const ulong RestartValid = 1;

    // MCi_STATUS.
    private const ulong Valid = 1UL << 63;
    private const ulong Uncorrected = 1UL << 61;
    private const ulong DetailValid = 1UL << 59;
    private const ulong AddressValid = 1UL << 58;
    private const ulong ContextCorrupt = 1UL << 57;

    public static Verdict Arrived(Vm* vm)
    {
        Writer.Log.Text("a machine check of the host came while the guest ran"u8).EndLine();
        return MayGoOn() ? Verdict.Resume : vm->EndWith(GuestEnd.MachineCheck);
    }

    // A processor that has nothing to say of the error cannot say either that it has been mended.
    public static bool MayGoOn()
    {
        if ((Cpu.Cpuid(1).Edx & Architecture) == 0)
        {
            return false;
        }

        ulong status = Cpu.ReadMsr(Msr.MachineCheckStatus);
        bool isMended = (status & RestartValid) != 0;
        uint count = (uint)Cpu.ReadMsr(Msr.MachineCheckCap) & CountMask;
        for (uint bank = 0; bank < count; bank++)
        {
            isMended &= IsMended(bank);
        }

        // Another machine check before this would shut the processor down.
        Cpu.WriteMsr(Msr.MachineCheckStatus, 0);
        return isMended;
    }

    private static bool IsMended(uint bank)
    {
        uint register = (uint)Msr.MachineCheckBank0Status + (bank * RegistersEach);
        ulong status = 0, address = 0, detail = 0;
        if (!Cpu.TryReadMsr(register, &status))
        {
            return false;
        }

        if ((status & Valid) == 0)
        {
            return true;
        }

        bool hasAddress = (status & AddressValid) != 0 && Cpu.TryReadMsr(register + ToAddress, &address);
        bool hasDetail = (status & DetailValid) != 0 && Cpu.TryReadMsr(register + ToDetail, &detail);
        Writer line = Writer.Log.Text("  machine-check bank "u8).Decimal(bank).Text(": status "u8).Hex(status, 16)
            .Text((status & Uncorrected) == 0 ? ", corrected"u8 : ", not corrected"u8)
            .Text((status & ContextCorrupt) == 0 ? ""u8 : ", the processor's state is lost"u8);
        line = hasAddress ? line.Text(", address "u8).Hex(address) : line;
        line = hasDetail ? line.Text(", detail "u8).Hex(detail) : line;
        line.EndLine();
        Cpu.TryWriteMsr(register, 0);
        return (status & (Uncorrected | ContextCorrupt)) == 0;
    }
}
