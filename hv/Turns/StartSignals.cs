// Messages that start and stop a processor and have not been heeded yet. An INIT goes first: it takes back a start-up
// message that came before it.

namespace MinusOne.Hv.Turns;

[Flags]
internal enum StartSignals : byte
{
    None,
    Init = 1,
    StartUp = 2,
}
