// Whether this host can run VT-x inside a KVM guest: the processor has it, KVM passes it on, and we may use KVM.

using System;
using System.IO;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Machines;

internal static class HostProcessor
{
    public static bool NestsVtx => HasVtx && IsNestingOn && CanOpenKvm;

    private static bool HasVtx =>
        File.Exists("/proc/cpuinfo") &&
        File.ReadLines("/proc/cpuinfo")
            .Where(line => line.StartsWith("flags", StringComparison.Ordinal))
            .Take(1)
            .Any(flags => flags.Split(' ').Contains("vmx"));

    private static bool IsNestingOn
    {
        get
        {
            const string Parameter = "/sys/module/kvm_intel/parameters/nested";
            return File.Exists(Parameter) && File.ReadAllText(Parameter).Trim() is "Y" or "1";
        }
    }

    private static bool CanOpenKvm
    {
        get
        {
            try
            {
                using FileStream kvm = File.Open("/dev/kvm", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                return true;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
