// What started a task switch. SDM 3C 29.2.1 Basic VM-Exit Information.

namespace MinusOne.Hv.Vmx.Qualifications;

internal enum TaskSwitchSource : uint
{
    Call = 0,
    Iret = 1,
    Jmp = 2,
    TaskGate = 3,
}
