// What every rule looks at: the VMCS, the processor, and the fields that decide which rules apply, read once. Control
// words that are not activated count as 0, as the processor takes them. A rule is one call of Require.

namespace MinusOne.Hv.Audit;

internal readonly unsafe ref struct AuditContext<T>
    where T : struct, IVmcsReader
{
    public readonly ref readonly VmxCapabilities Vmx;
    public readonly ref readonly RegisterLimits Limits;
    public readonly PinControls Pin;
    public readonly PrimaryControls Primary;
    public readonly SecondaryControls Secondary;
    public readonly TertiaryControls Tertiary;
    public readonly ExitControls Exit;
    public readonly EntryControls Entry;
    public readonly InterruptionInformation Injection;
    public readonly Cr0 GuestCr0;
    public readonly Cr4 GuestCr4;
    public readonly Rflags GuestRflags;

    // LAM_U57 and LAM_U48 of CR3.
    private const ulong Cr3Masking = 3ul << 61;

    private readonly ref AuditFindings _findings;
    private readonly T _reader;

    public AuditContext(
        T reader, in VmxCapabilities vmx, in RegisterLimits limits, ref AuditFindings findings)
    {
        _reader = reader;
        _findings = ref findings;
        Vmx = ref vmx;
        Limits = ref limits;
        Pin = (PinControls)reader.Read((uint)Vmcs32.PinControls);
        Primary = (PrimaryControls)reader.Read((uint)Vmcs32.PrimaryControls);
        Exit = (ExitControls)reader.Read((uint)Vmcs32.ExitControls);
        Entry = (EntryControls)reader.Read((uint)Vmcs32.EntryControls);
        if (Has(PrimaryControls.ActivateSecondaryControls))
        {
            Secondary = (SecondaryControls)reader.Read((uint)Vmcs32.SecondaryControls);
        }

        if (Has(PrimaryControls.ActivateTertiaryControls))
        {
            Tertiary = (TertiaryControls)reader.Read((uint)Vmcs64.TertiaryControls);
        }

        Injection = new InterruptionInformation((uint)reader.Read((uint)Vmcs32.EntryInterruptionInformation));
        GuestCr0 = (Cr0)reader.Read((uint)VmcsNatural.GuestCr0);
        GuestCr4 = (Cr4)reader.Read((uint)VmcsNatural.GuestCr4);
        GuestRflags = (Rflags)reader.Read((uint)VmcsNatural.GuestRflags);
    }

    public Hpa Region => _reader.Region;

    public bool IsLongModeGuest => Has(EntryControls.Ia32eModeGuest);

    public bool IsUnrestricted => Has(SecondaryControls.UnrestrictedGuest);

    public bool IsVirtual8086 => (GuestRflags & Rflags.Virtual8086) != 0;

    public bool IsLongHost => Has(ExitControls.HostAddressSpaceSize);

    public bool Is64BitCode => IsLongModeGuest && Rights(GuestSegment.Cs).IsLong;

    public bool Has(PinControls bits) => (Pin & bits) == bits;

    public bool Has(PrimaryControls bits) => (Primary & bits) == bits;

    public bool Has(SecondaryControls bits) => (Secondary & bits) == bits;

    public bool Has(TertiaryControls bits) => (Tertiary & bits) == bits;

    public bool Has(ExitControls bits) => (Exit & bits) == bits;

    public bool Has(EntryControls bits) => (Entry & bits) == bits;

    public bool Injects(InterruptionType type) => Injection.IsValid && Injection.Type == type;

    public ushort Read(Vmcs16 field) => (ushort)_reader.Read((uint)field);

    public uint Read(Vmcs32 field) => (uint)_reader.Read((uint)field);

    public ulong Read(Vmcs64 field) => _reader.Read((uint)field);

    public ulong Read(VmcsNatural field) => _reader.Read((uint)field);

    public SegmentAccessRights Rights(GuestSegment segment) => new(Read(GuestSegmentFields.AccessRights(segment)));

    public bool TryRead(ulong address, out ulong value)
    {
        ulong read = 0;
        bool known = _reader.TryRead(new Hpa(address), &read);
        value = read;
        return known;
    }

    // An address the VMCS refers to: bits of `mask` clear, nothing beyond the physical-address width.
    public bool IsPhysical(ulong address, ulong mask)
    {
        ulong beyond = Vmx.Basic.AddressesLimitedTo32Bits ? ~0ul << 32 : Limits.BeyondPhysical;
        return (address & (mask | beyond)) == 0;
    }

    public bool IsCr3(ulong cr3)
    {
        ulong masking = Limits.HasLinearAddressMasking ? Cr3Masking : 0;
        return (cr3 & Limits.BeyondPhysical & ~masking) == 0;
    }

    public void Require(bool holds, AuditRule rule, Vmcs16 field) => Require(holds, rule, (uint)field);

    public void Require(bool holds, AuditRule rule, Vmcs32 field) => Require(holds, rule, (uint)field);

    public void Require(bool holds, AuditRule rule, Vmcs64 field) => Require(holds, rule, (uint)field);

    public void Require(bool holds, AuditRule rule, VmcsNatural field) => Require(holds, rule, (uint)field);

    public void RequireEntry(bool holds, AuditRule rule, Vmcs64 area, ulong value, uint entry)
    {
        if (!holds)
        {
            _findings.Add(new AuditFinding(rule, (uint)area, value, entry));
        }
    }

    private void Require(bool holds, AuditRule rule, uint field)
    {
        if (!holds)
        {
            _findings.Add(new AuditFinding(rule, field, _reader.Read(field), 0));
        }
    }
}
