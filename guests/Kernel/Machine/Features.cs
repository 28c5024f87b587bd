// What this processor can do, of what the kernel would use. SDM 2A CPUID. Nothing here is required but long mode
// itself: whatever is missing is done without.

using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Machine;

internal static unsafe class Features
{
    private static Feature s_all;

    public static Feature All => s_all;

    public static bool Has(Feature feature) => (s_all & feature) != 0;

    public static void Detect()
    {
        CpuidResult basic, extended, structured = default;
        Cpu.Cpuid(0, 0, &basic);
        uint last = basic.Eax;
        Cpu.Cpuid(1, 0, &basic);
        Cpu.Cpuid(0x8000_0001, 0, &extended);
        if (last >= 7)
        {
            Cpu.Cpuid(7, 0, &structured);
        }

        s_all = If(extended.Edx, 20, Feature.NoExecute) | If(extended.Edx, 26, Feature.GiantPages)
            | If(structured.Ebx, 7, Feature.Smep) | If(structured.Ebx, 20, Feature.Smap)
            | If(basic.Ecx, 26, Feature.Xsave) | If(basic.Ecx, 21, Feature.X2Apic)
            | If(basic.Ecx, 24, Feature.TscDeadline);
        if (Has(Feature.Xsave))
        {
            s_all |= If(basic.Ecx, 28, Feature.Avx);
        }
    }

    // Turns on what is there.
    public static void Enable()
    {
        Cpu.WriteMsr(Msr.Efer, (ulong)(Efer.SyscallEnable | Efer.LongModeEnable | Efer.LongModeActive
            | (Has(Feature.NoExecute) ? Efer.ExecuteDisableEnable : 0)));
        Cpu.WriteCr0(Cr0.ProtectionEnable | Cr0.MonitorCoprocessor | Cr0.ExtensionType | Cr0.NumericError
            | Cr0.WriteProtect | Cr0.Paging);
        Cpu.WriteCr4(Cr4.PhysicalAddressExtension | Cr4.OsFxsr | Cr4.OsXmmExceptions
            | (Has(Feature.Smep) ? Cr4.SupervisorExecutionPrevention : 0)
            | (Has(Feature.Smap) ? Cr4.SupervisorAccessPrevention : 0)
            | (Has(Feature.Xsave) ? Cr4.OsXsave : 0));
    }

    private static Feature If(uint register, int bit, Feature feature) =>
        (register >> bit & 1) != 0 ? feature : Feature.None;
}
