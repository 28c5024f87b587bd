// What can be wrong with a line of the configuration file.

using System;

namespace MinusOne.Efi.Options;

internal enum ConfigurationProblem : byte
{
    None,
    NoEquals,
    NoKey,
    UnknownKey,
    NoNumber,
    NoSize,
    NoYesOrNo,
    NoEnd,
    NoHypervisor,
    NoNetwork,
    NoConsole,
    NoBalloon,
    NoWindow,
    NoMachineEnd,
    NoExits,
    NoKeyboard,
    NoPicture,
    NoProcessors,
    BadName,
    SameName,
}

internal static class ConfigurationProblems
{
    public static ReadOnlySpan<byte> Sentence(ConfigurationProblem problem) => problem switch
    {
        ConfigurationProblem.NoEquals => "wants key = value or [name]"u8,
        ConfigurationProblem.NoKey => "no key before ="u8,
        ConfigurationProblem.UnknownKey => "unknown key"u8,
        ConfigurationProblem.NoNumber => "no number"u8,
        ConfigurationProblem.NoSize => "no size in whole pages, like 32M"u8,
        ConfigurationProblem.NoYesOrNo => "wants yes or no, on or off"u8,
        ConfigurationProblem.NoHypervisor => "neither minusone, kvm nor none"u8,
        ConfigurationProblem.NoEnd => "no end of a guest, like power-off or exit=0"u8,
        ConfigurationProblem.NoNetwork => "no network: lan0 to lan7, or none"u8,
        ConfigurationProblem.NoConsole => "no console: serial or virtio"u8,
        ConfigurationProblem.NoBalloon => "no balloon: on, off, or a size in whole pages, as 64M"u8,
        ConfigurationProblem.NoWindow => "no size of a window: columns x rows, as 80x25"u8,
        ConfigurationProblem.NoMachineEnd => "wants halt, reboot, poweroff or firmware"u8,
        ConfigurationProblem.NoExits => "names no exits: on, or words like io,msr,rip=200000-2FFFFF,reason=12"u8,
        ConfigurationProblem.NoKeyboard => "no keyboard: us, de or off"u8,
        ConfigurationProblem.NoPicture => "no size of a picture: width x height, as 1920x1080"u8,
        ConfigurationProblem.NoProcessors => "names no processors: numbers below 64 and ranges, as 0,2-3"u8,
        ConfigurationProblem.BadName => "no name of one word in [ ]"u8,
        _ => "this guest was there before"u8,
    };
}
