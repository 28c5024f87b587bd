// AMD's half of the seam for unit tests: every call goes to the model of SVM in the current thread's processor.

using System;
using MinusOne.Tests.Model;

namespace MinusOne.Hv.Svm;

internal static unsafe partial class SvmCpu
{
    [ThreadStatic]
    private static SvmProcessor s_processor;

    public static partial ref SvmProcessor Processor => ref s_processor;

    public static partial void VmRun(GuestRegisters* registers) => Cpu.Soft.Svm.VmRun(registers);

    public static partial void SetGlobalInterrupts(bool isOn) => Cpu.Soft.Svm.SetGlobalInterrupts(isOn);

    public static partial uint TakeInterrupt() => Cpu.Soft.Svm.TakeInterrupt();

    public static partial uint WaitForInterrupt() => Cpu.Soft.Svm.WaitForInterrupt();

    // Another processor has taken this thread over.
    internal static void Forget() => s_processor = default;
}
