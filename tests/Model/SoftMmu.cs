// Translates a guest's addresses: guest-physical ones through EPT, linear ones through the guest's paging and EPT, both
// remembered as the manual allows. SDM 3C 30.3 The Extended Page Table Mechanism, 30.4 Caching Translation Information.
namespace MinusOne.Tests.Model;

internal sealed class SoftMmu
{
    private const ulong AlignmentCheck = (ulong)Rflags.AlignmentCheck;

    private readonly SoftProcessor _cpu;
    private readonly SoftEpt _ept;
    private readonly SoftPaging _paging;

    public SoftMmu(SoftProcessor cpu)
    {
        _cpu = cpu;
        _ept = new SoftEpt(cpu);
        _paging = new SoftPaging(cpu, this);
    }

    public ushort Vpid => _cpu.Svm.IsRunning ? (ushort)_cpu.Svm.Asid
        : Vmcs.Has(SecondaryControls.EnableVpid) ? Vmcs[Vmcs16.VirtualProcessorId] : (ushort)0;

    public int Pcid => (_cpu.Cr4 & (ulong)Cr4.PcidEnable) != 0 ? (int)_cpu.Cr3 & 0xFFF : 0;

    public bool HasEpt => _cpu.Svm.IsRunning || Vmcs.Has(SecondaryControls.EnableEpt);

    public bool MarksUse => _cpu.Svm.IsRunning || (HasEpt && SoftEpt.MarksUse(Pointer));

    private SoftVmcs Vmcs => _cpu.Vmx.Current;

    private ulong Pointer => _cpu.Svm.IsRunning ? SoftNpt.KeyOf(_cpu.Svm.Asid) : Vmcs[Vmcs64.EptPointer];

    private LinearTag Tag => new(Vpid, Pcid, HasEpt ? Pointer & 0x000F_FFFF_FFFF_F000 : LinearTag.NoEpt, 0, 0);

    private bool IsUser => new SegmentAccessRights(Vmcs[Vmcs32.GuestSsAccessRights]).Dpl == 3;

    // As with paging off: the linear address is the guest-physical one.
    public GuestExit Translate(Gpa address, Access access, out Hpa target)
    {
        GuestExit exit = Translate(address.Value, access, address.Value, 0x600, true, out EptMapping mapping);
        target = exit == null ? new Hpa(mapping.Translate(address.Value)) : default;
        return exit;
    }

    // `guestRights`: bits 11:9 of the qualification, where the processor reports them.
    public GuestExit Translate(
        ulong address, Access access, ulong linear, ulong guestRights, bool isFinal, out EptMapping mapping)
    {
        mapping = new EptMapping(30, address & ~0x3FFF_FFFFul, Access.All, true, MemoryType.WriteBack);
        if (_cpu.Svm.IsRunning)
        {
            return TranslateNested(address, access, linear, isFinal, out mapping);
        }

        if (!HasEpt || _ept.TryTranslate(Pointer, address, access, out mapping, out EptFault fault))
        {
            return null;
        }

        _cpu.Vmx.Tlb.ForgetViolation(Pointer, address, Vpid, linear);
        if (fault.IsMisconfiguration)
        {
            return Exits.EptMisconfiguration(new Gpa(address));
        }

        GuestExit exit = Exits.EptViolation(new Gpa(address), access, fault.Allowed, new Gva(linear), isFinal);
        bool isAdvanced = isFinal && _cpu.Vmx.Capabilities.AdvancedViolationInformation;
        return exit with { Qualification = exit.Qualification | (isAdvanced ? guestRights : 0) };
    }

    private GuestExit TranslateNested(
        ulong address, Access access, ulong linear, bool isFinal, out EptMapping mapping)
    {
        SoftSvm svm = _cpu.Svm;
        GuestExit exit = svm.Npt.Translate(svm.Asid, svm.NestedRoot, address, access, isFinal, out mapping);
        if (exit != null)
        {
            _cpu.Vmx.Tlb.ForgetViolation(Pointer, address, Vpid, linear);
        }

        return exit;
    }

    // A linear address. Neither exit nor page fault: `target` is where it leads.
    public GuestExit Translate(Gva address, Access access, out Hpa target, out uint? pageFault)
    {
        pageFault = null;
        if ((_cpu.Cr0 & (ulong)Cr0.Paging) == 0)
        {
            return Translate(new Gpa((uint)address.Value), access, out target);
        }

        target = default;
        if (!_cpu.Vmx.Tlb.TryFind(Tag, address.Value, out LinearMapping mapping) || !Serves(mapping, access))
        {
            _cpu.Vmx.Tlb.ForgetLinear(Tag, address.Value);
            GuestExit exit = _paging.Walk(address.Value, access, IsUser, out mapping, out pageFault);
            if (exit != null || pageFault != null)
            {
                return exit;
            }

            _cpu.Vmx.Tlb.Remember(Tag, address.Value, mapping);
        }

        target = new Hpa(mapping.Translate(address.Value));
        return null;
    }

    // SDM 3A 5.6 Access Rights.
    public bool IsAllowed(bool writable, bool user, bool executable, Access access, bool isUser)
    {
        bool Cr4Has(Cr4 bit) => (_cpu.Cr4 & (ulong)bit) != 0;
        bool fetch = (access & Access.Execute) != 0, write = (access & Access.Write) != 0;
        bool protects = isUser || (_cpu.Cr0 & (ulong)Cr0.WriteProtect) != 0;
        bool smep = fetch && !isUser && user && Cr4Has(Cr4.SupervisorExecutionPrevention);
        bool smap = !fetch && !isUser && user && Cr4Has(Cr4.SupervisorAccessPrevention)
            && (Vmcs[VmcsNatural.GuestRflags] & AlignmentCheck) == 0;
        return (user || !isUser) && (writable || !write || !protects) && (executable || !fetch) && !smep && !smap;
    }

    private bool Serves(LinearMapping mapping, Access access) =>
        IsAllowed(mapping.IsWritable, mapping.IsUser, mapping.IsExecutable, access, IsUser)
        && (access & ~mapping.Ept) == 0
        && (mapping.IsDirty || (access & Access.Write) == 0);
}
