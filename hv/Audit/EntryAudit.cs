// Why an entry failed, or would: the manual's checks over a whole VMCS, a row for each rule, stage after stage. SDM 3C
// 28 VM Entries. Within a stage a processor may check in any order; we follow the manual, except that RFLAGS comes
// first in the guest's. What decides which rules apply is read once. Control words that are not activated count as 0,
// as the processor takes them.
namespace MinusOne.Hv.Audit;

internal readonly unsafe ref partial struct EntryAudit<T>
    where T : struct, IVmcsReader
{
    // LAM_U57 and LAM_U48 of CR3.
    private const ulong Cr3Masking = 3ul << 61;

    private readonly ref readonly VmxCapabilities _vmx;
    private readonly ref readonly RegisterLimits _limits;
    private readonly PinControls _pin;
    private readonly PrimaryControls _primary;
    private readonly SecondaryControls _secondary;
    private readonly TertiaryControls _tertiary;
    private readonly ExitControls _exit;
    private readonly EntryControls _entry;
    private readonly InterruptionInformation _injection;
    private readonly Cr0 _cr0;
    private readonly Cr4 _cr4;
    private readonly Rflags _rflags;
    private readonly ref AuditFindings _findings;
    private readonly T _reader;

    public EntryAudit(T reader, in VmxCapabilities vmx, in RegisterLimits limits, ref AuditFindings findings)
    {
        _reader = reader;
        _findings = ref findings;
        _vmx = ref vmx;
        _limits = ref limits;
        _pin = (PinControls)Read(Vmcs32.PinControls);
        _primary = (PrimaryControls)Read(Vmcs32.PrimaryControls);
        _exit = (ExitControls)Read(Vmcs32.ExitControls);
        _entry = (EntryControls)Read(Vmcs32.EntryControls);
        _secondary = Has(PrimaryControls.ActivateSecondaryControls)
            ? (SecondaryControls)Read(Vmcs32.SecondaryControls) : 0;
        _tertiary = Has(PrimaryControls.ActivateTertiaryControls) ? (TertiaryControls)Read(Vmcs64.TertiaryControls) : 0;
        _injection = new InterruptionInformation((uint)Read(Vmcs32.EntryInterruptionInformation));
        _cr0 = (Cr0)Read(VmcsNatural.GuestCr0);
        _cr4 = (Cr4)Read(VmcsNatural.GuestCr4);
        _rflags = (Rflags)Read(VmcsNatural.GuestRflags);
    }

    private bool IsLongModeGuest => Has(EntryControls.Ia32eModeGuest);
    private bool IsUnrestricted => Has(SecondaryControls.UnrestrictedGuest);
    private bool IsVirtual8086 => (_rflags & Rflags.Virtual8086) != 0;
    private bool IsLongHost => Has(ExitControls.HostAddressSpaceSize);
    private bool Is64BitCode => IsLongModeGuest && Rights(GuestSegment.Cs).IsLong;

    // All broken rules that an entry would notice; the first one decides how it fails.
    public void Check()
    {
        ExecutionWords();
        TprShadow();
        NmiControls();
        InterruptControls();
        Ept();
        Features();
        TertiaryFeatures();
        ExitWords();
        EntryWords();
        HostRegisters();
        HostSegments();
        HostMode();
        GuestRegisters();
        GuestMsrs();
        GuestSegments();
        GuestRights();
        SystemSegments();
        GuestPointers();
        Activity();
        Interruptibility();
        Pending();
        LinkPointer();
        PageDirectoryPointers();
        EntryMsrs();
    }

    private bool Has(PinControls bits) => (_pin & bits) == bits;
    private bool Has(PrimaryControls bits) => (_primary & bits) == bits;
    private bool Has(SecondaryControls bits) => (_secondary & bits) == bits;
    private bool Has(TertiaryControls bits) => (_tertiary & bits) == bits;
    private bool Has(ExitControls bits) => (_exit & bits) == bits;
    private bool Has(EntryControls bits) => (_entry & bits) == bits;
    private bool Has(Cr0 bits) => (_cr0 & bits) == bits;
    private bool Has(Cr4 bits) => (_cr4 & bits) == bits;
    private bool Injects(InterruptionType type) => _injection.IsValid && _injection.Type == type;
    private ulong Read(AuditField field) => _reader.Read(field.Encoding);

    private SegmentAccessRights Rights(GuestSegment segment) =>
        new((uint)Read(GuestSegmentFields.AccessRights(segment)));

    private ulong Rpl(GuestSegment segment) => Read(GuestSegmentFields.Selector(segment)) & 3;

    private bool TryRead(ulong address, out ulong value)
    {
        ulong read = 0;
        bool known = _reader.TryRead(new Hpa(address), &read);
        value = read;
        return known;
    }

    // An address the VMCS refers to: bits of `mask` clear, nothing beyond the physical-address width.
    private bool IsPhysical(ulong address, ulong mask)
    {
        ulong beyond = _vmx.Basic.AddressesLimitedTo32Bits ? ~0ul << 32 : _limits.BeyondPhysical;
        return (address & (mask | beyond)) == 0;
    }

    private bool IsPage(AuditField field) => IsPhysical(Read(field), 0xFFF);

    private bool IsCr3(ulong cr3) =>
        (cr3 & _limits.BeyondPhysical & (_limits.HasLinearAddressMasking ? ~Cr3Masking : ~0ul)) == 0;

    // A field is read only where a control word says that the processor has it.
    private void Require(AuditRule rule, AuditField field, bool holds)
    {
        if (!holds)
        {
            _findings.Add(new AuditFinding(rule, field, Read(field), 0));
        }
    }

    private void Loadable(AuditRule rule, Vmcs64 field, Msr msr, bool isLoaded) =>
        Require(rule, field, !isLoaded || MsrValue.IsLoadable(msr, Read(field), _limits));

    private void Canonical(AuditRule rule, AuditField field) => Require(rule, field, _limits.IsCanonical(Read(field)));

    // A control word: the bits that must be 1 are, and there are no others than may be 1.
    private void Word(AuditRule one, AuditRule zero, Vmcs32 field, AllowedControls allowed, uint word)
    {
        Require(one, field, allowed.HasMustBeOne(word));
        Require(zero, field, allowed.MayBeOne(word));
    }
}

// The current VMCS of this processor, for the auditor. Where a control word enables what the processor does not have,
// fields are read that do not exist, and that overwrites the instruction error: whoever wants it reads it before the
// audit. `memoryEnd`: up to there the host finds physical memory at its own address, page 0 excepted.
internal readonly unsafe struct CurrentVmcs(Hpa region, Hpa memoryEnd) : IVmcsReader
{
    private const ulong PageSize = 4096;

    private readonly Hpa _memoryEnd = memoryEnd;

    public Hpa Region { get; } = region;

    public ulong Read(uint field)
    {
        ulong value = 0;
        return VmxCpu.TryVmRead(field, &value) == VmxResult.Succeed ? value : 0;
    }

    // For those who want to see an entry fail.
    public static void Change(uint field, ulong clear, ulong set) =>
        VmxCpu.VmWrite(field, (VmxCpu.VmRead(field) & ~clear) | set);

    public bool TryRead(Hpa address, ulong* value)
    {
        if (address.Value < PageSize || address.Value + sizeof(ulong) > _memoryEnd.Value)
        {
            return false;
        }

        *value = *(ulong*)address.Pointer;
        return true;
    }
}

// The source the auditor reads from: the current VMCS of the processor, or the software processor's own.
internal unsafe interface IVmcsReader
{
    // The address of this VMCS.
    Hpa Region { get; }

    // 0 for a field that does not exist.
    ulong Read(uint field);

    // False where there is no memory to read; the rules about its content are then passed over.
    bool TryRead(Hpa address, ulong* value);
}

// The values that WRMSR takes for MSRs that an entry or exit loads; any if not listed. SDM 4 2.1 Architectural MSRs.
internal static class MsrValue
{
    // CET controls: bits 9:6 are reserved, and the tracker is not both suppressed and waiting.
    private const ulong CetReserved = 0x3C0;
    private const ulong CetExclusive = 3ul << 10;

    // LBR controls: enable, two rings, call stack, and seven branch types.
    private const ulong LbrDefined = 0x007F_000F;

    // RTIT controls: everything that some processor defines.
    private const ulong RtitDefined = 0x0180_FFFF_8FFF_FFFF;

    public static bool IsLoadable(Msr msr, ulong value, in RegisterLimits limits) => msr switch
    {
        Msr.Efer => (value & ~(ulong)limits.Efer) == 0,
        Msr.Pat => MemoryTypes.Are(value, MemoryType.UncacheableMinus),
        Msr.DebugCtl => (value & ~(ulong)limits.DebugCtl) == 0,
        Msr.PerfGlobalCtrl => (value & ~limits.PerfGlobalCtrl) == 0,
        Msr.TscAux or Msr.Pkrs => value <= uint.MaxValue,
        Msr.SysenterEsp or Msr.SysenterEip or Msr.Lstar or Msr.Cstar or Msr.KernelGsBase => limits.IsCanonical(value),
        Msr.BndCfgs => (value & 0xFFC) == 0 && limits.IsCanonical(value & ~0xFFFul),
        Msr.SupervisorCet => (value & CetReserved) == 0 && (value & CetExclusive) != CetExclusive
            && limits.IsCanonical(value & ~0xFFFul),
        Msr.LbrCtl => (value & ~LbrDefined) == 0,
        Msr.RtitCtl => (value & ~RtitDefined) == 0,
        _ => true,
    };
}
