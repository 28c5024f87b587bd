// What a guest could learn of another one, or of the hypervisor, by what a processor does ahead of time, and what is
// done against it. Guests take turns on a logical processor, whose siblings in its core wait in INIT; they reach no
// device of the machine, and what they can reach of its memory their tables say. So what is left to do is done where
// one guest makes way for another. Intel, "Speculative Execution Side Channel Mitigations"; AMD, "Software Techniques
// for Managing Speculation"; SDM 4 2.1 Architectural MSRs, IA32_ARCH_CAPABILITIES; APM 3 E.4.17 CPUID 8000_0021h.
namespace MinusOne.Hv.Vendor;

internal unsafe struct Speculation
{
    private const uint BranchBarrier = 1, FlushCache = 1, Restrict = 1;
    private const ulong AutomaticRestriction = 1UL << 21;

    private readonly ArchitecturalCapability _capabilities;
    private readonly CpuidResult _structured;
    private readonly CpuidResult _sizes;
    private readonly CpuidResult _extended;
    private readonly ProcessorExamination _processor;

    public Speculation(in ProcessorExamination processor)
    {
        _processor = processor;
        uint lastExtended = Cpu.Cpuid(0x8000_0000).Eax;
        _structured = processor.VendorLeaf.Eax >= 7 ? Cpu.Cpuid(7) : default;
        _sizes = lastExtended >= 0x8000_0008 ? Cpu.Cpuid(0x8000_0008) : default;
        _extended = lastExtended >= 0x8000_0021 ? Cpu.Cpuid(0x8000_0021) : default;
        bool hasCapabilities = processor.IsIntel && (_structured.Edx & (1u << 29)) != 0;
        _capabilities = hasCapabilities ? (ArchitecturalCapability)Cpu.ReadMsr(Msr.ArchCapabilities) : 0;
        Guards = SpeculationGuards.None;
        Guards = HasBarrier ? SpeculationGuards.Barrier : 0;
        Guards |= HasCacheFlush && IsOpen(Weakness.CacheOfLevel1) ? SpeculationGuards.Cache : 0;
        Guards |= HasBufferClear && (IsOpen(Weakness.Buffers) || IsOpen(Weakness.Transactions)
            || IsOpen(Weakness.RegisterFile)) ? SpeculationGuards.Buffers : 0;
        Guards |= HasRestriction ? SpeculationGuards.Restriction : 0;
        Guards |= Guards != 0 ? SpeculationGuards.Returns : 0;
    }

    // What is done: between guests, and once for the hypervisor.
    public SpeculationGuards Guards { get; private set; }

    public readonly bool IsWanted => (Guards & SpeculationGuards.BetweenGuests) != 0;

    private readonly bool IsIntel => _processor.IsIntel;

    private readonly bool HasBarrier => IsIntel ? (_structured.Edx & (1u << 26)) != 0 : (_sizes.Ebx & (1u << 12)) != 0;

    private readonly bool HasCacheFlush => IsIntel && (_structured.Edx & (1u << 28)) != 0;

    private readonly bool HasBufferClear =>
        IsIntel ? (_structured.Edx & (1u << 10)) != 0 || Has(ArchitecturalCapability.ClearsRegisterFile)
            : (_extended.Eax & (1u << 5)) != 0;

    // The hypervisor's branches do not follow what guests have taught the processor, set once for all.
    private readonly bool HasRestriction =>
        IsIntel ? Has(ArchitecturalCapability.RestrictsAll) && HasBarrier : (_extended.Eax & (1u << 8)) != 0;

    // Somebody measures, or trusts all guests.
    public void TurnOff() => Guards = SpeculationGuards.None;

    // Virtualisation is about to be turned on.
    public void RestrictHost()
    {
        if ((Guards & SpeculationGuards.Restriction) == 0)
        {
            return;
        }

        Msr msr = IsIntel ? Msr.SpeculationControl : Msr.Efer;
        ulong value = 0;
        bool isSet = Cpu.TryReadMsr((uint)msr, &value)
            && Cpu.TryWriteMsr((uint)msr, value | (IsIntel ? Restrict : AutomaticRestriction));
        Guards &= isSet ? Guards : ~SpeculationGuards.Restriction;
    }

    // One guest's registers have been saved, and those of another one come next.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly void ForgetGuest()
    {
        if ((Guards & SpeculationGuards.Barrier) != 0)
        {
            Cpu.WriteMsr((uint)Msr.PredictionCommand, BranchBarrier);
        }

        if ((Guards & SpeculationGuards.Cache) != 0)
        {
            Cpu.WriteMsr((uint)Msr.FlushCommand, FlushCache);
        }

        if ((Guards & SpeculationGuards.Buffers) != 0)
        {
            Cpu.ClearBuffers();
        }

        Cpu.FillReturns();
    }

    public readonly WeaknessState StateOf(Weakness weakness) =>
        !IsOpen(weakness) ? WeaknessState.NotAffected
        : IsHandled(weakness) ? WeaknessState.Handled
        : WeaknessState.Vulnerable;

    // The processor has it. What is known of Intel's alone is no other's.
    private readonly bool IsOpen(Weakness weakness) => weakness switch
    {
        Weakness.BoundsCheck or Weakness.BranchTargets => true,
        Weakness.StoreBypass => IsIntel ? !Has(ArchitecturalCapability.NoStoreBypass) : (_sizes.Ebx & (1u << 26)) == 0,
        Weakness.ReturnTargets => IsIntel || (_processor.Family < 0x1A && (_extended.Eax & (1u << 29)) == 0),
        Weakness.Buffers when !IsIntel => _processor.Family == 0x19 && (_extended.Ecx & 6) != 6,
        _ when !IsIntel => false,
        Weakness.Meltdown or Weakness.CacheOfLevel1 => !Has(ArchitecturalCapability.NoMeltdown),
        Weakness.Buffers => !Has(ArchitecturalCapability.NoBuffers),
        Weakness.Transactions => (_structured.Ebx & (1u << 11)) != 0 && !Has(ArchitecturalCapability.NoTransactions),
        Weakness.StaleDevices => !Has(ArchitecturalCapability.NoStaleDevices),
        Weakness.RegisterFile => IsAtom && !Has(ArchitecturalCapability.NoRegisterFile),
        Weakness.Gathering => (_structured.Ebx & (1u << 5)) != 0 && !Has(ArchitecturalCapability.NoGathering),
        _ => !Has(ArchitecturalCapability.NoPageSizeCheck),
    };

    private readonly bool IsHandled(Weakness weakness) => weakness switch
    {
        Weakness.BranchTargets => (Guards & SpeculationGuards.Barrier) != 0,
        Weakness.ReturnTargets => (Guards & SpeculationGuards.Barrier) != 0
            && (IsIntel || _processor.Family < 0x19 || (_extended.Eax & (1u << 28)) != 0),
        Weakness.CacheOfLevel1 => (Guards & SpeculationGuards.Cache) != 0,
        Weakness.Buffers or Weakness.Transactions => (Guards & SpeculationGuards.Buffers) != 0,
        Weakness.RegisterFile =>
            (Guards & SpeculationGuards.Buffers) != 0 && Has(ArchitecturalCapability.ClearsRegisterFile),
        Weakness.Gathering => Has(ArchitecturalCapability.ControlsGathering) && !IsGatheringLeft,
        Weakness.Meltdown or Weakness.StaleDevices or Weakness.PageSizes => true,
        _ => false,
    };

    // Firmware has switched off what microcode does.
    private static bool IsGatheringLeft
    {
        get
        {
            ulong value = 0;
            return Cpu.TryReadMsr((uint)Msr.MicrocodeOptions, &value) && (value & (1 << 4)) != 0;
        }
    }

    private readonly bool Has(ArchitecturalCapability all) => (_capabilities & all) == all;

    // Goldmont to Gracemont, and the hybrids with it. Intel, "Register File Data Sampling", affected processors.
    private readonly bool IsAtom => _processor.Family == 6
        && _processor.Model is 0x5C or 0x5F or 0x7A or 0x86 or 0x8A or 0x96
        or 0x9C or 0x97 or 0x9A or 0xBE or 0xB7 or 0xBA or 0xBF;
}

[Flags]
internal enum SpeculationGuards : byte
{
    None = 0,
    Barrier = 1 << 0,
    Cache = 1 << 1,
    Buffers = 1 << 2,
    Returns = 1 << 3,
    BetweenGuests = Barrier | Cache | Buffers | Returns,
    Restriction = 1 << 4,
}

internal enum Weakness : byte
{
    BoundsCheck,
    BranchTargets,
    ReturnTargets,
    Meltdown,
    StoreBypass,
    CacheOfLevel1,
    Buffers,
    Transactions,
    StaleDevices,
    RegisterFile,
    Gathering,
    PageSizes,
}

internal enum WeaknessState : byte
{
    NotAffected,
    Handled,
    Vulnerable,
}

// Bits of IA32_ARCH_CAPABILITIES: mostly that a processor has not got something. SDM 4 2.1 Architectural MSRs.
[Flags]
internal enum ArchitecturalCapability : ulong
{
    NoMeltdown = 1 << 0,
    RestrictsAll = 1 << 1,
    NoStoreBypass = 1 << 4,
    NoBuffers = 1 << 5,
    NoPageSizeCheck = 1 << 6,
    NoTransactions = 1 << 8,
    NoStaleDevices = 7 << 13,
    ControlsGathering = 1 << 25,
    NoGathering = 1 << 26,
    NoRegisterFile = 1 << 27,
    ClearsRegisterFile = 1 << 28,
}
