// The processor models an emulator knows, asked from the emulator itself: a wrong name costs one line, not a start.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Machines;

internal static class CpuModels
{
    public static void Check(MachineDescription machine, string program, string model)
    {
        // QEMU takes features behind the name: host,+vmx
        string name = model.Split(',')[0];
        HostTool answer = HostTool.Run(program, machine.Package, machine.CpuList);
        if (!Names(answer.Output + answer.Error).Contains(name))
        {
            string list = $"{machine.Program} {string.Join(' ', machine.CpuList)}";
            throw new SetUpException($"{machine.Title} has no CPU model '{name}'; {list} lists them");
        }
    }

    // Bochs prints a name a line; QEMU the same, or `x86 NAME  description`.
    internal static IEnumerable<string> Names(string list) =>
        from line in list.Split('\n')
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        where words.Length > 0
        select words.Length > 1 && words[0] == "x86" ? words[1] : words[0];
}
