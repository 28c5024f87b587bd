// The option that gives a multiboot kernel modules: a line each, in their order, with what the module is told behind
// the path. Its string is the last part of the path and what follows it, or everything behind a colon.
//   module = \minusone\vmlinuz root=/dev/vda
//   module = \minusone\module1.bin:initrd.img

using System;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class ModuleOptions
{
    // False, and said why.
    public static bool TryRead(OptionText options, ref KernelModules modules)
    {
        modules = default;
        foreach (OptionLine line in options)
        {
            if (line.Key.SequenceEqual("module"u8) && !TryAdd(line.Value, ref modules))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(ReadOnlySpan<byte> value, ref KernelModules modules)
    {
        ModuleText.Split(value, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> text);
        if (!KernelOptions.TryReadFile(path, out FileBytes file))
        {
            return false;
        }

        fixed (byte* start = text)
        {
            return modules.TryAdd(new KernelModule(file, new FileBytes(start, (ulong)text.Length)))
                || KernelOptions.Complain(path, "a kernel has at most 8 modules; leave this one out"u8);
        }
    }
}
