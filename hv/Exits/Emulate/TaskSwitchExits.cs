// Task switches of the hardware's, which always exit and are not emulated: no system of today uses them, and a guest
// that does is told which task it wanted, and how. SDM 3C 27.4.2 Treatment of Task Switches, 29.2.1 Basic VM-Exit
// Information, table Exit Qualification for Task Switches.

namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class TaskSwitchExits
{
    public static Verdict Report(Vm* vm)
    {
        TaskSwitchRequest attempt = ExitFacts.TaskSwitch;
        Writer.Log.Text("task switches are not emulated: by "u8).Text(Word(attempt.Source)).Text(" to selector "u8)
            .Hex(attempt.Selector).Text("h"u8).EndLine();
        return vm->EndWith(GuestEnd.UnhandledExit);
    }

    private static ReadOnlySpan<byte> Word(TaskSwitchSource source) => source switch
    {
        TaskSwitchSource.Call => "CALL"u8,
        TaskSwitchSource.Iret => "IRET"u8,
        TaskSwitchSource.Jmp => "JMP"u8,
        _ => "a task gate"u8,
    };
}
