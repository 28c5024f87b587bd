// What one walk of EPT found, and the entries it read on the way, root first.

using System.Collections.Generic;
using MinusOne.Hv.Memory;
using MinusOne.Hv.X86;

namespace MinusOne.Tests.Unit.SoftCpu;

internal sealed record EptWalk(
    EptOutcome Outcome, Hpa Frame, PageRights Rights, MemoryType Type, bool Accessed, bool Dirty, List<ulong> Entries);
