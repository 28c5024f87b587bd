// The devices that a board can have.

namespace MinusOne.Hv.Devices;

internal enum Device : byte
{
    DebugConsole,
    Serial,
    QemuExit,
    Counter,
    Scratch,
    LocalApic,
    PicMaster,
    PicSlave,
    PicLevels,
}
