// How the guest runs at the moment, as far as an emulated instruction has to know; and its general registers, RSP among
// them.

namespace MinusOne.Hv.Exits;

internal static unsafe class GuestMode
{
    private const int Rsp = 4;

    public static bool Is64Bit =>
        (Vmcs.Read(Vmcs64.GuestEfer) & (ulong)Efer.LongModeActive) != 0
        && new SegmentAccessRights(Vmcs.Read(Vmcs32.GuestCsAccessRights)).IsLong;

    // The DPL of SS is the CPL, in every mode. SDM 3C 26.4.1 Guest Register State.
    public static uint Cpl => new SegmentAccessRights(Vmcs.Read(Vmcs32.GuestSsAccessRights)).Dpl;

    // What the guest reads of CR0 and CR4.
    public static Cr0 Cr0 => (Cr0)Seen(VmcsNatural.GuestCr0, VmcsNatural.Cr0GuestHostMask, VmcsNatural.Cr0ReadShadow);

    public static Cr4 Cr4 => (Cr4)Seen(VmcsNatural.GuestCr4, VmcsNatural.Cr4GuestHostMask, VmcsNatural.Cr4ReadShadow);

    public static ControlState Control => new()
    {
        Cr0 = Cr0,
        Cr4 = Cr4,
        Cr3 = Vmcs.Read(VmcsNatural.GuestCr3),
        Efer = (Efer)Vmcs.Read(Vmcs64.GuestEfer),
        IsLongCode = new SegmentAccessRights(Vmcs.Read(Vmcs32.GuestCsAccessRights)).IsLong,
        IsTask16 = (new SegmentAccessRights(Vmcs.Read(Vmcs32.GuestTrAccessRights)).Type & 8) == 0,
    };

    // All 64 bits, or the lower half outside 64-bit mode.
    public static ulong ReadRegister(Vcpu* vcpu, int number)
    {
        ulong value = number == Rsp ? Vmcs.Read(VmcsNatural.GuestRsp) : vcpu->Registers[number];
        return Is64Bit ? value : (uint)value;
    }

    // `bytes` of 2 keeps the rest of the register, 4 clears its upper half.
    public static void WriteRegister(Vcpu* vcpu, int number, ulong value, int bytes)
    {
        ulong old = number == Rsp ? Vmcs.Read(VmcsNatural.GuestRsp) : vcpu->Registers[number];
        value = bytes == 8 ? value : bytes == 4 ? (uint)value : (old & ~0xFFFFUL) | (ushort)value;
        if (number == Rsp)
        {
            Vmcs.Write(VmcsNatural.GuestRsp, value);
        }
        else
        {
            vcpu->Registers[number] = value;
        }
    }

    private static ulong Seen(VmcsNatural field, VmcsNatural mask, VmcsNatural shadow)
    {
        ulong owned = Vmcs.Read(mask);
        return (Vmcs.Read(field) & ~owned) | (Vmcs.Read(shadow) & owned);
    }
}
