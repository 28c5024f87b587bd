// What becomes of the machine when all is over, as the option `end` says it.

using System;

namespace MinusOne.Efi.Options;

internal enum MachineEnd : byte
{
    // Power off after a run, back to firmware after a check or a refusal.
    Usual,
    Halt,
    Reboot,
    PowerOff,

    // Back to firmware, or where it has left already, to its set-up.
    Firmware,
}

internal static class MachineEnds
{
    public static bool TryParse(ReadOnlySpan<byte> text, out MachineEnd end)
    {
        end = text.SequenceEqual("halt"u8) ? MachineEnd.Halt
            : text.SequenceEqual("reboot"u8) ? MachineEnd.Reboot
            : text.SequenceEqual("poweroff"u8) ? MachineEnd.PowerOff
            : text.SequenceEqual("firmware"u8) ? MachineEnd.Firmware
            : MachineEnd.Usual;
        return end != MachineEnd.Usual;
    }

    // What is no end was complained of when the configuration was looked through.
    public static MachineEnd Of(OptionText options)
    {
        options.TryGet("end"u8, out ReadOnlySpan<byte> text);
        TryParse(text, out MachineEnd end);
        return end;
    }
}
