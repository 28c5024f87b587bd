// What somebody at the console asks of the hypervisor: Ctrl-A and a letter.

namespace MinusOne.Hv.Console;

internal enum ConsoleRequest : byte
{
    None,
    Stop,
    Monitor,
    Help,
    Break,

    // Another guest gets what is typed.
    Focus,
}
