// Why VMRUN refuses a VMCB, or would: the manual's checks, a row a rule (SvmRule). The processor says only that it was
// one of them, and may look in any order. AMD APM 2 15.5.1 Basic Operation, Canonicalization and Consistency Checks.
namespace MinusOne.Hv.Svm.Audit;

internal readonly unsafe ref struct SvmAudit(Vmcb* vmcb, in SvmCapabilities svm, in RegisterLimits limits)
{
    // All that some processor defines.
    private const ulong DefinedEfer = 0x0036_FD01;

    private const uint LongBit = 0x200, BigBit = 0x400;
    private const ulong PageMask = 0xFFF;
    private const ulong PortMapBytes = 3 << 12, MsrMapBytes = 2 << 12;

    private readonly Vmcb* _vmcb = vmcb;
    private readonly ref readonly SvmCapabilities _svm = ref svm;
    private readonly ref readonly RegisterLimits _limits = ref limits;

    private Efer Efer => (Efer)_vmcb->Efer;
    private Cr0 Cr0 => (Cr0)_vmcb->Cr0;
    private bool IsPaged => (Cr0 & Cr0.Paging) != 0;
    private bool IsLong => (Efer & Efer.LongModeEnable) != 0 && IsPaged;
    private bool IsNested => (_vmcb->NestedPaging & 1) != 0;
    private InterruptionInformation Injection => new((uint)_vmcb->Injection);

    // Over the VMCB that is loaded.
    public static SvmAudit OfCurrent(in SvmCapabilities svm, in RegisterLimits limits) =>
        new(SvmCpu.Processor.Vmcb, in svm, in limits);

    // The next rule that is broken, behind this one; from None on, the first. False: there is none.
    public bool TryNext(ref SvmRule rule, out SvmPlace place)
    {
        rule = rule == SvmRule.None ? SvmRule.SvmeIsClear : rule + 1;
        for (; rule <= SvmRule.NestedRoot; rule++)
        {
            if (IsBroken(rule, out place))
            {
                return true;
            }
        }

        place = default;
        return false;
    }

    private bool IsBroken(SvmRule rule, out SvmPlace place) => rule switch
    {
        SvmRule.SvmeIsClear => Breaks(&_vmcb->Efer, (_vmcb->Efer & SvmMsr.EferEnable) == 0, out place),
        SvmRule.NotWriteThroughNeedsCacheDisable => Breaks(
            &_vmcb->Cr0, (Cr0 & (Cr0.CacheDisable | Cr0.NotWriteThrough)) == Cr0.NotWriteThrough, out place),
        SvmRule.Cr0Upper => HasUpper(&_vmcb->Cr0, out place),
        SvmRule.Cr3Width => Breaks(&_vmcb->Cr3, IsLong && (_vmcb->Cr3 & _limits.BeyondPhysical) != 0, out place),
        SvmRule.Cr4Reserved => Breaks(&_vmcb->Cr4, (_vmcb->Cr4 & ~(ulong)SvmCapabilities.Cr4) != 0, out place),
        SvmRule.Dr6Upper => HasUpper(&_vmcb->Dr6, out place),
        SvmRule.Dr7Upper => HasUpper(&_vmcb->Dr7, out place),
        SvmRule.EferReserved => Breaks(&_vmcb->Efer, (_vmcb->Efer & ~DefinedEfer) != 0, out place),
        SvmRule.LongModeNeedsPae => Breaks(
            &_vmcb->Cr4, IsLong && ((Cr4)_vmcb->Cr4 & Cr4.PhysicalAddressExtension) == 0, out place),
        SvmRule.LongModeNeedsProtection => Breaks(
            &_vmcb->Cr0, IsLong && (Cr0 & Cr0.ProtectionEnable) == 0, out place),
        SvmRule.LongAndBig => Breaks(&_vmcb->Cs,
            IsLong && (_vmcb->Cs.Attributes & (LongBit | BigBit)) == (LongBit | BigBit), out place),
        _ => IsBrokenControl(rule, out place),
    };

    private bool IsBrokenControl(SvmRule rule, out SvmPlace place) => rule switch
    {
        SvmRule.VmrunNotIntercepted => Breaks(
            &_vmcb->Instructions, (_vmcb->Instructions & SvmIntercepts.Vmrun) == 0, out place),
        SvmRule.PortMapAddress => Breaks(&_vmcb->PortMap, IsBeyond(_vmcb->PortMap, PortMapBytes), out place),
        SvmRule.MsrMapAddress => Breaks(&_vmcb->MsrMap, IsBeyond(_vmcb->MsrMap, MsrMapBytes), out place),
        SvmRule.InjectionType => Breaks(
            &_vmcb->Injection, Injection.IsValid && ((uint)Injection.Type is 1 or > 4), out place),
        SvmRule.InjectionVector => Breaks(&_vmcb->Injection, Injection.IsValid
            && Injection.Type == InterruptionType.HardwareException && (Injection.Vector is 2 or > 31), out place),
        SvmRule.AsidIsZero => Breaks(&_vmcb->Asid, _vmcb->Asid == 0, out place),
        SvmRule.AsidTooHigh => Breaks(&_vmcb->Asid, _vmcb->Asid >= _svm.Asids, out place),
        SvmRule.NoNestedPaging => Breaks(
            &_vmcb->NestedPaging, IsNested && !_svm.Has(SvmFeatures.NestedPaging), out place),
        SvmRule.Pat => Breaks(
            &_vmcb->Pat, IsNested && !MemoryTypes.Are(_vmcb->Pat, MemoryType.UncacheableMinus), out place),
        _ => Breaks(&_vmcb->NestedRoot, IsNested
            && ((_vmcb->NestedRoot.Value & PageMask) != 0 || IsBeyond(_vmcb->NestedRoot, 1)), out place),
    };

    private bool HasUpper(ulong* field, out SvmPlace place) => Breaks(field, *field >> 32 != 0, out place);

    // The lower 12 bits of a map's address are not looked at.
    private bool IsBeyond(Hpa address, ulong bytes) =>
        (((address.Value & ~PageMask) + (bytes - 1)) & _limits.BeyondPhysical) != 0;

    private bool Breaks<T>(T* field, bool isBroken, out SvmPlace place)
        where T : unmanaged
    {
        place = new SvmPlace(_vmcb, field, sizeof(T) == sizeof(ulong) ? *(ulong*)field : *(uint*)field);
        return isBroken;
    }
}

// A field of a VMCB: where it stands, and what stands there.
internal readonly unsafe struct SvmPlace(Vmcb* vmcb, void* field, ulong value)
{
    public const uint First = Vmcb.FirstNumber;

    public readonly uint Number = First + (uint)((byte*)field - (byte*)vmcb);
    public readonly ulong Value = value;

    // For those who want to see an entry fail.
    public static void Change(uint number, ulong clear, ulong set)
    {
        ulong* field = (ulong*)((byte*)SvmCpu.Processor.Vmcb + (number - First));
        *field = (*field & ~clear) | set;
    }
}
