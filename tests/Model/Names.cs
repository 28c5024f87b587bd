// The names behind hv/Report/Names.cs for the unit tests: straight from where the build takes them.

using System;
using System.Linq;
using System.Text;

namespace MinusOne.Hv.Report;

internal static partial class Names
{
    public static partial ReadOnlySpan<byte> OfField(uint encoding) => Encoding.ASCII.GetBytes(
        VmcsFields.All.FirstOrDefault(field => field.Encoding == encoding).Name ?? "?");

    public static partial ReadOnlySpan<byte> OfRule(AuditRule rule) => AuditRuleText.Of(rule);
}
