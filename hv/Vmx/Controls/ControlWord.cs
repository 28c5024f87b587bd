// Which of the five words a bit belongs to.

namespace MinusOne.Hv.Vmx.Controls;

internal enum ControlWord : byte
{
    Pin,
    Primary,
    Secondary,
    Exit,
    Entry,
}
