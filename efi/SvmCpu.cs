// The SVM half of the seam in the image: as in Cpu.cs, each call is a call of the stub of the same name.

using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Host;

namespace MinusOne.Hv.Svm;

internal static unsafe partial class SvmCpu
{
    public static partial ref SvmProcessor Processor
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref ProcessorBlock.Current->Svm;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "VmRun")]
    public static extern partial void VmRun(GuestRegisters* registers);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SetGlobalInterrupts")]
    public static extern partial void SetGlobalInterrupts(bool isOn);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TakeInterrupt")]
    public static extern partial uint TakeInterrupt();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WaitForInterrupt")]
    public static extern partial uint WaitForInterrupt();
}
