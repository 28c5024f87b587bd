// AMD's half of the seam in the unit tests.

using System;

namespace MinusOne.Hv.Svm;

internal static unsafe partial class SvmCpu
{
    [ThreadStatic]
    private static SvmProcessor s_processor;

    public static partial ref SvmProcessor Processor => ref s_processor;

    public static partial void VmRun(GuestRegisters* registers) => throw new NotSupportedException();

    public static partial void SetGlobalInterrupts(bool isOn) => throw new NotSupportedException();

    public static partial uint TakeInterrupt() => throw new NotSupportedException();

    public static partial uint WaitForInterrupt() => throw new NotSupportedException();
}
