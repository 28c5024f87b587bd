// How the guest runs now, as far as an emulated instruction has to know; and its general registers, with RSP.
namespace MinusOne.Hv.Exits.Emulate.Space;

internal static unsafe class GuestMode
{
    private const int Rsp = 4;

    public static bool Is64Bit =>
        (GuestState.Efer & Efer.LongModeActive) != 0 && GuestState.Rights(GuestSegment.Cs).IsLong;

    // The DPL of SS is the CPL, in every mode. SDM 3C 26.4.1 Guest Register State.
    public static uint Cpl => GuestState.Rights(GuestSegment.Ss).Dpl;

    // What the guest reads of CR0 and CR4.
    public static Cr0 Cr0 => GuestState.SeenCr0;
    public static Cr4 Cr4 => GuestState.SeenCr4;

    // SGDT, SIDT, SLDT and STR are not for users. SDM 3A 2.5 Control Registers, CR4.UMIP.
    public static bool IsKept => (Cr4 & Cr4.UserModeInstructionPrevention) != 0 && Cpl != 0;

    public static ControlState Control => new()
    {
        Cr0 = Cr0,
        Cr4 = Cr4,
        Cr3 = GuestState.Cr3,
        Efer = GuestState.Efer,
        IsLongCode = GuestState.Rights(GuestSegment.Cs).IsLong,
        IsTask16 = (GuestState.Rights(GuestSegment.Tr).Type & 8) == 0,
    };

    // All 64 bits, or the lower half outside 64-bit mode.
    public static ulong ReadRegister(Vcpu* vcpu, int number)
    {
        ulong value = number == Rsp ? GuestState.Rsp : vcpu->Registers[number];
        return Is64Bit ? value : (uint)value;
    }

    // `bytes` of 2 keeps the rest of the register, 4 clears its upper half.
    public static void WriteRegister(Vcpu* vcpu, int number, ulong value, int bytes)
    {
        ulong old = number == Rsp ? GuestState.Rsp : vcpu->Registers[number];
        value = bytes == 8 ? value : bytes == 4 ? (uint)value : (old & ~0xFFFFUL) | (ushort)value;
        if (number == Rsp)
        {
            GuestState.Rsp = value;
        }
        else
        {
            vcpu->Registers[number] = value;
        }
    }
}
