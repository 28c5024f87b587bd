// What may be said for all guests of a run, and for one of them otherwise; what is not said stays as it was.
//   vcpus = 2
//   hypervisor = none
//   reboot = on
//   vga = off
//   portable = on

using System;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static class GuestOptions
{
    public static void Read(OptionText options, ref RunSettings settings)
    {
        settings.Vcpus = (uint)Math.Min(OptionValues.NumberOf(options, "vcpus"u8, settings.Vcpus), Vm.MostVcpus);
        settings.Hypervisor = OptionValues.HypervisorOf(options, settings.Hypervisor);
        settings.StartsAgain = OptionValues.IsOn(options, "reboot"u8, settings.StartsAgain);
        settings.IsPortable = OptionValues.IsOn(options, "portable"u8, settings.IsPortable);
        settings.TextOnConsole = OptionValues.ChoiceOf(options, "vga"u8, settings.TextOnConsole);
    }
}
