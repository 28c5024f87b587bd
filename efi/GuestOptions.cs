// What may be said for all guests of a run, and for one of them otherwise; what is not said stays as it was.
//   vcpus = 2
//   hypervisor = none
//   reboot = on
//   vga = off
//   portable = on
//   cpus = 0,2-3

using System;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static class GuestOptions
{
    // Where it may not run is no matter of taste: what names no processors ends the run before it begins.
    public static bool TryRead(OptionText options, ref RunSettings settings)
    {
        settings.Vcpus = (uint)Math.Min(OptionValues.NumberOf(options, "vcpus"u8, settings.Vcpus), Vm.MostVcpus);
        settings.Hypervisor = OptionValues.HypervisorOf(options, settings.Hypervisor);
        settings.StartsAgain = OptionValues.IsOn(options, "reboot"u8, settings.StartsAgain);
        settings.IsPortable = OptionValues.IsOn(options, "portable"u8, settings.IsPortable);
        settings.TextOnConsole = OptionValues.ChoiceOf(options, "vga"u8, settings.TextOnConsole);
        bool isGood = ProcessorSet.TryRead(options, ref settings.Processors, out ReadOnlySpan<byte> text);
        if (!isGood)
        {
            Writer.Log.Text("minusone: cpus = "u8).Text(text)
                .Text(" names no processors: give numbers below 64 and ranges, like 0,2-3"u8).EndLine();
        }

        return isGood;
    }
}
