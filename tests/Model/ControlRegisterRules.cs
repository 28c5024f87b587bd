// What MOV to CR0, CR3, CR4 and XSETBV refuse: the reason, or null. SDM 2A MOV - Move to/from Control Registers, SDM
// 3C 25.8 Restrictions on VMX Operation. Reserved bits that processors ignore are refused too.
namespace MinusOne.Tests.Model;

internal static class ControlRegisterRules
{
    private const Cr0 KnownCr0 = Cr0.ProtectionEnable | Cr0.MonitorCoprocessor | Cr0.Emulation | Cr0.TaskSwitched
        | Cr0.ExtensionType | Cr0.NumericError | Cr0.WriteProtect | Cr0.AlignmentMask | Cr0.NotWriteThrough
        | Cr0.CacheDisable | Cr0.Paging;

    public static string FaultOfCr0(SoftProcessor cpu, ulong value, bool inVmx, bool unrestricted = false)
    {
        bool Set(Cr0 bit) => (value & (ulong)bit) != 0;
        string fault = (value & ~(ulong)KnownCr0) != 0 ? "reserved bits"
            : Set(Cr0.Paging) && !Set(Cr0.ProtectionEnable) ? "PG without PE"
            : Set(Cr0.NotWriteThrough) && !Set(Cr0.CacheDisable) ? "NW without CD"
            : !Set(Cr0.Paging) && cpu.IsLongMode() && Is64BitHost(cpu) ? "PG cleared in 64-bit mode"
            : Set(Cr0.Paging) && WantsLongMode(cpu) && (cpu.Cr4 & (ulong)Cr4.PhysicalAddressExtension) == 0
                ? "PG set with EFER.LME but without PAE"
            : null;
        ulong optional = unrestricted ? (ulong)(Cr0.ProtectionEnable | Cr0.Paging) : 0;
        return fault ?? (inVmx ? Fixed(cpu, value, Msr.VmxCr0Fixed0, Msr.VmxCr0Fixed1, optional) : null);
    }

    public static string FaultOfCr3(SoftProcessor cpu, ulong value)
    {
        bool pcid = (cpu.Cr4 & (ulong)Cr4.PcidEnable) != 0;
        ulong address = pcid ? value & ~(1ul << 63) : value;
        return cpu.IsLongMode() && address >> cpu.PhysicalAddressBits != 0 ? "beyond the physical-address width" : null;
    }

    public static string FaultOfCr4(SoftProcessor cpu, ulong value, bool inVmx)
    {
        bool Set(Cr4 bit) => (value & (ulong)bit) != 0;
        bool Changes(Cr4 bit) => ((value ^ cpu.Cr4) & (ulong)bit) != 0;
        bool known = !cpu.Msrs.TryGetValue((uint)Msr.VmxCr4Fixed1, out ulong allowed) || (value & ~allowed) == 0;
        string fault = !known ? "reserved bits"
            : cpu.IsLongMode() && !Set(Cr4.PhysicalAddressExtension) ? "PAE cleared in IA-32e mode"
            : cpu.IsLongMode() && Changes(Cr4.LinearAddresses57) ? "LA57 changed in IA-32e mode"
            : Changes(Cr4.PcidEnable) && Set(Cr4.PcidEnable) && (!cpu.IsLongMode() || (cpu.Cr3 & 0xFFF) != 0)
                ? "PCIDE set outside IA-32e mode or with a PCID in CR3"
            : null;
        return fault ?? (inVmx ? Fixed(cpu, value, Msr.VmxCr4Fixed0, Msr.VmxCr4Fixed1, 0) : null);
    }

    public static bool AllowXcr0(SoftProcessor cpu, ulong value)
    {
        CpuidResult leaf = cpu.Cpuid(0xD, 0);
        ulong known = leaf.Eax | ((ulong)leaf.Edx << 32);
        bool Set(XsaveStates bits) => (value & (ulong)bits) == (ulong)bits;
        bool Any(XsaveStates bits) => (value & (ulong)bits) != 0;
        const XsaveStates bounds = XsaveStates.BoundRegisters | XsaveStates.BoundConfiguration;
        const XsaveStates avx512 = XsaveStates.OpMask | XsaveStates.ZmmHigh256 | XsaveStates.HighZmm16;
        return Set(XsaveStates.X87) && (known == 0 || (value & ~known) == 0)
            && (!Any(XsaveStates.Avx) || Set(XsaveStates.Sse))
            && (!Any(bounds) || Set(bounds))
            && (!Any(avx512) || Set(avx512 | XsaveStates.Avx));
    }

    // The processor refuses to enter VMX operation with these values, and to change to them within it.
    public static string Fixed(SoftProcessor cpu, ulong value, Msr fixed0, Msr fixed1, ulong optional)
    {
        ulong mustBeOne = cpu.ReadMsr((uint)fixed0) & ~optional, mayBeOne = cpu.ReadMsr((uint)fixed1);
        return (value & mustBeOne) != mustBeOne ? $"{mustBeOne & ~value:X} must be 1 in VMX operation"
            : (value & ~mayBeOne) != 0 ? $"{value & ~mayBeOne:X} must be 0 in VMX operation"
            : null;
    }

    private static bool WantsLongMode(SoftProcessor cpu) =>
        cpu.Msrs.TryGetValue((uint)Msr.Efer, out ulong efer) && (efer & (ulong)Efer.LongModeEnable) != 0;

    // Outside a guest the hypervisor runs in 64-bit mode.
    private static bool Is64BitHost(SoftProcessor cpu) => !cpu.Vmx.InGuest || cpu.Vmx.GuestIn64BitMode;
}
