// What the processor keeps of a VMCB between two entries. A clean bit promises that its group has not changed: then the
// group is not read again, and a change that the bit denies is lost. AMD APM 2 15.15 VMCB State Caching. Some
// processors keep nothing; this one keeps everything.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace MinusOne.Tests.Model;

internal sealed class SvmCleanBits
{
    // Byte ranges by bit, from 15.15.3.
    private static readonly (int Start, int End)[][] s_groups =
    [
        [(0x000, 0x018), (0x03C, 0x040), (0x050, 0x058)],
        [(0x040, 0x050)],
        [(0x058, 0x05C)],
        [(0x060, 0x068)],
        [(0x090, 0x098), (0x0B0, 0x0B8), (0x668, 0x670)],
        [(0x4D0, 0x4D8), (0x548, 0x560)],
        [(0x560, 0x570)],
        [(0x460, 0x470), (0x480, 0x490)],
        [(0x400, 0x440), (0x4CB, 0x4CC)],
        [(0x640, 0x648)],
        [(0x670, 0x698)],
        [],
        [],
    ];

    private readonly Dictionary<ulong, byte[]> _kept = [];

    public Vmcb Load(Hpa region, in Vmcb written)
    {
        Vmcb loaded = written;
        if (written.Clean == 0)
        {
            return loaded;
        }

        if (written.Clean >> s_groups.Length != 0 || !_kept.TryGetValue(region.Value, out byte[] kept))
        {
            throw new SoftCpuException(
                $"clean bits {written.Clean:X} of a VMCB at {region.Value:X} that the processor does not know");
        }

        Span<byte> bytes = BytesOf(ref loaded);
        for (int bit = 0; bit < s_groups.Length; bit++)
        {
            foreach ((int start, int end) in (written.Clean & (1u << bit)) != 0 ? s_groups[bit] : [])
            {
                kept.AsSpan(start..end).CopyTo(bytes[start..end]);
            }
        }

        return loaded;
    }

    // Behind an exit: what the processor has is what it has written.
    public void Keep(Hpa region, ref Vmcb saved) => _kept[region.Value] = BytesOf(ref saved).ToArray();

    private static Span<byte> BytesOf(ref Vmcb vmcb) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref vmcb, 1));
}
