// One broken VMCS: a good one, the one thing that breaks it, and the finding that must come first.

using System;
using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Vmx.Auditor;

internal sealed record AuditRow(
    Func<VmcsImage> Good, AuditRule Rule, Enum Field, Action<VmcsImage, ProcessorFacts> Break, string Note = "")
{
    public string Name => Note.Length == 0 ? $"{Rule}" : $"{Rule}, {Note}";
}
