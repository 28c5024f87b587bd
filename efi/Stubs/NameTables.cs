// The names that reports print, from the enums of hv/: each with its number. For the build, which packs them, and for
// tests: the image has no reflection.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using MinusOne.Hv.Audit;
using MinusOne.Hv.Loading;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Processor;
using MinusOne.Hv.Processor.Facts;
using MinusOne.Hv.Report;
using MinusOne.Hv.Svm.Audit;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.Vmx.Controls;
using MinusOne.Hv.Vmx.Fields;
using MinusOne.Hv.X86;

namespace MinusOne.Efi.Stubs;

internal static class NameTables
{
    private static readonly Type[] s_fields =
    [
        typeof(Vmcs16), typeof(Vmcs64), typeof(VmcsReadOnly64), typeof(Vmcs32), typeof(VmcsReadOnly32),
        typeof(VmcsNatural), typeof(VmcsReadOnlyNatural),
    ];

    // In the order of ControlWord.
    private static readonly Type[] s_controls =
    [
        typeof(PinControls), typeof(PrimaryControls), typeof(SecondaryControls), typeof(ExitControls),
        typeof(EntryControls), typeof(GeneralIntercepts), typeof(SvmIntercepts), typeof(LateIntercepts),
    ];

    // VMCS fields, by the names that they have in code, and above them those of the VMCB.
    public static IReadOnlyList<(uint Number, string Text)> Fields { get; } =
    [
        .. s_fields.SelectMany(Members).Select(member => (Value(member), member.Name)),
        .. typeof(Vmcb).GetFields().Where(member => !member.IsStatic).Select(member =>
            (Vmcb.FirstNumber + (uint)Marshal.OffsetOf<Vmcb>(member.Name), member.Name)),
    ];

    public static IReadOnlyList<(uint Number, string Text)> Rules { get; } =
        [.. Said(typeof(AuditRule)), .. Said(typeof(SvmRule))];

    public static IReadOnlyList<(uint Number, string Text)> Exits { get; } = [.. Said(typeof(ExitReason))];

    // 64 numbers a word.
    public static IReadOnlyList<(uint Number, string Text)> Controls { get; } =
    [
        .. s_controls.SelectMany((word, i) => Said(word)
            .Select(bit => (((uint)i << 6) | (uint)BitOperations.Log2(bit.Number), bit.Text))),
    ];

    public static IReadOnlyList<(uint Number, string Text)> ControlWords { get; } = [.. Said(typeof(ControlWord))];

    public static IReadOnlyList<(uint Number, string Text)> Ends { get; } = [.. Said(typeof(GuestEnd))];

    public static IReadOnlyList<(uint Number, string Text)> ImageKinds { get; } = [.. Said(typeof(ImageKind))];

    public static IReadOnlyList<(uint Number, string Text)> LoadStatuses { get; } = [.. Said(typeof(LoadStatus))];

    public static IReadOnlyList<(uint Number, string Text)> PhysicalKinds { get; } = [.. Said(typeof(PhysicalKind))];

    public static IReadOnlyList<(uint Number, string Text)> Refusals { get; } = [.. Said(typeof(Refusal))];

    public static IReadOnlyList<(uint Number, string Text)> Stages { get; } = [.. Said(typeof(AuditStage))];

    public static IReadOnlyList<(uint Number, string Text)> Exceptions { get; } = [.. Said(typeof(ExceptionVector))];

    // Four numbers a failure: message, meaning, way out.
    public static IReadOnlyList<(uint Number, string Text)> Failures { get; } =
    [
        .. Members(typeof(Failure)).SelectMany(member =>
        {
            ExplainsAttribute text = member.GetCustomAttribute<ExplainsAttribute>()!;
            return new[] { text.Message, text.Meaning, text.WayOut }
                .Select((part, i) => ((Value(member) * 4) + (uint)i, part));
        }),
    ];

    private static IEnumerable<(uint Number, string Text)> Said(Type table) => Members(table)
        .Where(member => member.IsDefined(typeof(SaysAttribute)))
        .Select(member => (Value(member), member.GetCustomAttribute<SaysAttribute>()!.Text));

    private static IEnumerable<FieldInfo> Members(Type table) => table.GetFields().Where(member => member.IsLiteral);

    private static uint Value(FieldInfo member) =>
        Convert.ToUInt32(member.GetRawConstantValue(), CultureInfo.InvariantCulture);
}
