// The names that reports print, from the enums of hv/: every VMCS field with its name, and what each rule of the audit
// says. For the build, which packs them, and for tests: the image has no reflection.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using MinusOne.Hv.Audit;
using MinusOne.Hv.Vmx.Fields;

namespace MinusOne.Efi.Stubs;

internal static class NameTables
{
    private static readonly Type[] s_fieldTables =
    [
        typeof(Vmcs16), typeof(Vmcs64), typeof(VmcsReadOnly64), typeof(Vmcs32), typeof(VmcsReadOnly32),
        typeof(VmcsNatural), typeof(VmcsReadOnlyNatural),
    ];

    public static IReadOnlyList<(uint Number, string Text)> Fields { get; } =
    [
        .. s_fieldTables.SelectMany(table => Enum.GetValues(table).Cast<object>())
            .Select(field => (Convert.ToUInt32(field), field.ToString()!)),
    ];

    public static IReadOnlyList<(uint Number, string Text)> Rules { get; } =
    [
        .. Enum.GetValues<AuditRule>().Where(rule => rule != AuditRule.None)
            .Select(rule => ((uint)rule, Says(rule))),
    ];

    private static string Says(AuditRule rule) =>
        typeof(AuditRule).GetField($"{rule}")!.GetCustomAttribute<SaysAttribute>()!.Text;
}
