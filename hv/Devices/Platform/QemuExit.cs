// The way out: PM1a_CNT of QEMU's ACPI controller, of which only one value of only one width means anything everywhere:
// SLP_EN with sleep type 0 (0x2000, a word) powers the machine off. A PC has what \_S5 of its DSDT says as well. ACPI
// 6.5 4.8.3.2.1 PM1 Control Registers.

namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class QemuExit
{
    private const ulong PowerOff = 0x2000;

    public static ulong Read(Vm* vm, uint offset, int bytes) =>
        IsPc(vm) ? vm->Board.Power.ReadControl(offset, bytes) : ulong.MaxValue >> (64 - (8 * bytes));

    public static void Write(Vm* vm, uint offset, int bytes, ulong value)
    {
        if (offset == 0 && bytes == 2
            && (value == PowerOff || (IsPc(vm) && vm->Board.Power.WriteControl((ushort)value))))
        {
            vm->EndWith(GuestEnd.PoweredOff);
        }
    }

    private static bool IsPc(Vm* vm) => (vm->Config->Flags & VmFeatures.Pc) != 0;
}
