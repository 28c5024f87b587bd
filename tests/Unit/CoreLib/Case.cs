// One member of the core library and what it is held against. Every public member has one (CoreLibTests).

using System;

namespace MinusOne.Tests.Unit.CoreLib;

internal sealed record Case(string Member, Action<Random> Run);
