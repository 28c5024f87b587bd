// What the guest's breakpoints have to do with accesses that are made in its name. DR0-DR3 and DR6, which VMX does not
// switch, hold the guest's values while the hypervisor runs. SDM 3B 19.2 Debug Registers.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class DebugRegisters
{
    private const ulong BranchBits = (ulong)(DebugCtl.LastBranchRecord | DebugCtl.SingleStepOnBranches);
    public const ulong AnyEnabled = 0xFF;

    // Conditions of breakpoints that an access fulfils.
    public const uint Reads = 1u << 3;
    public const uint Writes = Reads | (1u << 1);
    private const uint Ports = 1u << 2;

    // A debug exception that exited has not been written to DR6, and not cleared the causes before.
    public static void RecordCause(ulong bits) =>
        GuestState.Dr6 = (GuestState.Dr6 & ~0xFUL) | bits;

    // The handler may use the debug registers, and starts without branch records and block steps.
    public static void EnterHandler()
    {
        GuestState.Dr7 = GuestState.Dr7 & ~(ulong)Dr7.GeneralDetect;
        GuestState.DebugControl = GuestState.DebugControl & ~BranchBits;
    }

    // The breakpoints that an access meets, a bit each. `kinds`: the conditions of DR7 that it fulfils, a bit each. SDM
    // 3B 19.2.4 Debug Control Register (DR7), 19.2.5 Breakpoint Field Recognition.
    public static ulong Met(ulong control, ulong address, int bytes, uint kinds)
    {
        ulong met = 0;
        for (int i = 0; (control & AnyEnabled) != 0 && i < 4; i++)
        {
            int condition = (int)(control >> (16 + (4 * i))), length = (condition >> 2) & 3;
            ulong others = length == 2 ? 7 : (ulong)length;
            ulong start = Cpu.ReadDebugRegister(i) & ~others;
            bool isMet = ((control >> (2 * i)) & 3) != 0 && (kinds & (1u << (condition & 3))) != 0
                && (start - address < (uint)bytes || address - start <= others);
            met |= isMet ? 1UL << i : 0;
        }

        return met;
    }

    public static ulong Met(PortAccess access) => (GuestState.Cr4 & Cr4.DebuggingExtensions) == 0 ? 0
        : Met(GuestState.Dr7, access.Port, access.Size, Ports);

    // What a finished instruction has met: breakpoints, a bit each, and the single step.
    public static Verdict Report(ulong breakpoints, bool steps = false)
    {
        ulong causes = (breakpoints != 0 ? breakpoints | PendingDebugExceptions.EnabledBreakpoint : 0)
            | (steps ? PendingDebugExceptions.Step : 0);
        if (causes != 0)
        {
            GuestState.PendingTraps = GuestState.PendingTraps.With(causes);
        }

        return Verdict.Advance;
    }
}
