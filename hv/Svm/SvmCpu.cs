// AMD's part of the seam: the world switch, and the global interrupt flag. While SVM is on, the flag is clear: no
// interrupt, NMI or SMI comes to the host unless it asks for one here. The image links this to machine-code stubs
// (efi/Stubs), the unit tests to the software model of SVM. AMD APM 2 15.17 Global Interrupt Flag, STGI and CLGI
// Instructions.
namespace MinusOne.Hv.Svm;

internal static unsafe partial class SvmCpu
{
    // What this processor is at.
    public static partial ref SvmProcessor Processor { get; }

    // Enters the guest of the VMCB that the registers of a Vcpu name, and comes back with its next exit that the short
    // path does not finish. Guest state that VMLOAD and VMSAVE move is in the VMCB then.
    public static partial void VmRun(GuestRegisters* registers);

    public static partial void SetGlobalInterrupts(bool isOn);

    // Lets the interrupt come that is waiting, if any: its vector, or 0. The other waits for one first, in HLT.
    public static partial uint TakeInterrupt();
    public static partial uint WaitForInterrupt();
}
