// A good VMCS and a change that leaves it good.

using System;
using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal sealed record AuditEdge(Func<VmcsImage> Good, Action<VmcsImage, ProcessorFacts> Change);
