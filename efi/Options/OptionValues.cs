// What an option's text means. A value that is none was complained of when the configuration was looked through; here
// it counts as not given.

using System;

namespace MinusOne.Efi.Options;

internal static class OptionValues
{
    public static ulong NumberOf(OptionText options, ReadOnlySpan<byte> key, ulong otherwise) =>
        options.TryGet(key, out ReadOnlySpan<byte> text) && Number.TryParse(text, out ulong value) ? value : otherwise;

    public static bool IsOn(OptionText options, ReadOnlySpan<byte> key, bool otherwise) =>
        options.TryGet(key, out ReadOnlySpan<byte> text)
            ? text.SequenceEqual("on"u8) || text.SequenceEqual("yes"u8)
            : otherwise;

    public static Choice ChoiceOf(OptionText options, ReadOnlySpan<byte> key, Choice otherwise) =>
        !options.TryGet(key, out _) ? otherwise : IsOn(options, key, otherwise: false) ? Choice.Yes : Choice.No;

    public static HypervisorKind HypervisorOf(OptionText options, HypervisorKind otherwise) =>
        options.TryGet("hypervisor"u8, out ReadOnlySpan<byte> text)
            && HypervisorKinds.TryParse(text, out HypervisorKind kind)
            ? kind
            : otherwise;
}
