// What a guest does with memory, and what is allowed: bits 2:0 of an EPT entry and of an EPT violation's qualification.

using System;

namespace MinusOne.Tests.Model;

[Flags]
internal enum Access
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
    All = Read | Write | Execute,
}
