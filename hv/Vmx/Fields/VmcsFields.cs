// Every VMCS field with its name, from the enums. For the build, which packs the names, and for tests: the image has no
// reflection and leaves this file out.

using System.Collections.Generic;
using System.Linq;
using System.Reflection;

namespace MinusOne.Hv.Vmx.Fields;

internal static class VmcsFields
{
    private static readonly Type[] s_tables =
    [
        typeof(Vmcs16), typeof(Vmcs64), typeof(VmcsReadOnly64), typeof(Vmcs32), typeof(VmcsReadOnly32),
        typeof(VmcsNatural),
        typeof(VmcsReadOnlyNatural),
    ];

    public static IReadOnlyList<(uint Encoding, string Name)> All { get; } =
    [
        .. s_tables.SelectMany(table => Enum.GetValues(table).Cast<object>())
            .Select(field => (Convert.ToUInt32(field), field.ToString()!)),
    ];
}
