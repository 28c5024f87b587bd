// Three ways to the processor's reset line that kernels know, and the exit port of test machines. A reset ends the run:
// who wants the guest again starts it again. Nothing of these keeps a state.
//   64h       keyboard controller: command FEh pulses the line. Otherwise there is no such controller
//   92h       bit 0; bit 1, the gate of address line 20, is open for good
//   CF9h      bit 2. It lies amid the address register of PCI, which a doubleword means, and which is not there
//   F4h       QEMU's isa-debug-exit: whatever is written ends the guest, and is told

namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class ResetPorts
{
    private const byte GateOpen = 2;
    private const byte PulseReset = 0xFE;

    public static ulong Read(Device device, uint offset, int bytes) =>
        device == Device.FastReset ? GateOpen
            : device == Device.ResetControl && offset == 1 && bytes == 1 ? 0
            : ulong.MaxValue >> (64 - (8 * bytes));

    public static void Write(Vm* vm, Device device, uint offset, int bytes, ulong value)
    {
        switch (device)
        {
            case Device.KeyboardReset when value == PulseReset:
            case Device.FastReset when (value & 1) != 0:
            case Device.ResetControl when offset == 1 && bytes == 1 && (value & 4) != 0:
                vm->EndWith(GuestEnd.Reset);
                break;
            case Device.DebugExit:
                vm->EndValue = (uint)value;
                vm->EndWith(GuestEnd.DebugExit);
                break;
        }
    }
}
