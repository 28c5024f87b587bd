// What the capability MSRs of a software processor promise, for the model's own use. Read from the MSRs anew rather
// than through hv/, so that a mistake there does not hide itself. SDM 3D Appendix A VMX Capability Reporting Facility.
namespace MinusOne.Tests.Model;

internal sealed class SoftCapabilities
{
    private readonly uint _pin;
    private readonly uint _primary;
    private readonly uint _secondary;
    private readonly uint _exit;
    private readonly uint _entry;
    private readonly ulong _tertiary;
    private readonly ulong _eptVpid;
    private readonly ulong _vmFunctions;
    private readonly ulong _basic;

    public SoftCapabilities(SoftProcessor cpu)
    {
        _basic = cpu.ReadMsr((uint)Msr.VmxBasic);
        Misc = cpu.ReadMsr((uint)Msr.VmxMisc);
        bool isTrue = (_basic & (1ul << 55)) != 0;
        uint Allowed(Msr plain, Msr precise) => (uint)(cpu.ReadMsr((uint)(isTrue ? precise : plain)) >> 32);
        _pin = Allowed(Msr.VmxPinControls, Msr.VmxTruePinControls);
        _primary = Allowed(Msr.VmxPrimaryControls, Msr.VmxTruePrimaryControls);
        _exit = Allowed(Msr.VmxExitControls, Msr.VmxTrueExitControls);
        _entry = Allowed(Msr.VmxEntryControls, Msr.VmxTrueEntryControls);
        ulong If(bool exists, Msr msr) => exists ? cpu.ReadMsr((uint)msr) : 0;
        _secondary = (uint)(If(Has(PrimaryControls.ActivateSecondaryControls), Msr.VmxSecondaryControls) >> 32);
        _tertiary = If(Has(PrimaryControls.ActivateTertiaryControls), Msr.VmxTertiaryControls);
        _eptVpid = If(Has(SecondaryControls.EnableEpt) || Has(SecondaryControls.EnableVpid), Msr.VmxEptVpidCap);
        _vmFunctions = If(Has(SecondaryControls.EnableVmFunctions), Msr.VmxVmFunctions);
    }

    // A processor that can do nothing optional.
    private SoftCapabilities()
    {
    }

    public static SoftCapabilities None { get; } = new();

    public ulong Misc { get; }

    public uint RevisionId => (uint)_basic & 0x7FFF_FFFF;

    public int PreemptionTimerShift => (int)(Misc & 0x1F);

    public bool StoresLongModeOnExit => (Misc & (1ul << 5)) != 0;

    public int Cr3TargetCount => (int)(Misc >> 16) & 0x1FF;

    public bool StringIoInformation => (_basic & (1ul << 54)) != 0;

    public bool ExecuteOnly => Ept(0);

    public bool Pages2M => Ept(16);

    public bool Pages1G => Ept(17);

    public bool AdvancedViolationInformation => Ept(22);

    // Bits of INVEPT and INVVPID: the instruction, and one of its types.
    public bool Invept => Ept(20);

    public bool Invvpid => Ept(32);

    public bool InveptType(ulong type) => type is 1 or 2 && Ept(24 + (int)type);

    public bool InvvpidType(ulong type) => type < 4 && Ept(40 + (int)type);

    // A valid EPT pointer: SDM 3C 28.2.1.1 VM-Execution Control Fields.
    public bool IsEptPointer(ulong pointer, int physicalAddressBits)
    {
        ulong type = pointer & 7, levels = ((pointer >> 3) & 7) + 1;
        bool typeKnown = (type == 0 && Ept(8)) || (type == 6 && Ept(14));
        bool levelsKnown = (levels == 4 && Ept(6)) || (levels == 5 && Ept(7));
        bool flagsKnown = ((pointer & 0x40) == 0 || Ept(21)) && ((pointer & 0x80) == 0 || Ept(23));
        return typeKnown && levelsKnown && flagsKnown && (pointer & 0xF00) == 0 && pointer >> physicalAddressBits == 0;
    }

    public bool Has(PinControls bits) => (_pin & (uint)bits) == (uint)bits;

    public bool Has(PrimaryControls bits) => (_primary & (uint)bits) == (uint)bits;

    public bool Has(SecondaryControls bits) => (_secondary & (uint)bits) == (uint)bits;

    public bool Has(TertiaryControls bits) => (_tertiary & (ulong)bits) == (ulong)bits;

    public bool Has(ExitControls bits) => (_exit & (uint)bits) == (uint)bits;

    public bool Has(EntryControls bits) => (_entry & (uint)bits) == (uint)bits;

    public bool Has(VmFunctionControls bits) => (_vmFunctions & (ulong)bits) == (ulong)bits;

    private bool Ept(int bit) => (_eptVpid & (1ul << bit)) != 0;
}
