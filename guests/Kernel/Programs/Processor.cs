// What the processor says about itself, and what the kernel uses of it; or one leaf of CPUID as it is.

using System;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Programs;

internal static unsafe class Processor
{
    private const uint HypervisorLeaf = 0x4000_0000;

    // In the order of the bits of Feature.
    private static ReadOnlySpan<byte> Names => "NX 1GiB-pages SMEP SMAP XSAVE AVX x2APIC TSC-deadline "u8;

    public static int Run(ReadOnlySpan<byte> words)
    {
        CpuidResult leaf;
        if (!Arguments.FirstWord(words).IsEmpty)
        {
            if (!Arguments.TryNumber(words, 0, out ulong number))
            {
                return Small.Usage("cpuid LEAF"u8);
            }

            Sys.Cpuid((uint)number, 0, &leaf);
            Writer.Console.Text("EAX "u8).Hex(leaf.Eax).Text(" EBX "u8).Hex(leaf.Ebx).Text(" ECX "u8).Hex(leaf.Ecx)
                .Text(" EDX "u8).Hex(leaf.Edx).EndLine();
            return 0;
        }

        Sys.Cpuid(0, 0, &leaf);
        Tell("processor "u8, leaf.Ebx, leaf.Edx, leaf.Ecx);
        Sys.Cpuid(1, 0, &leaf);
        if (leaf.Ecx >> 31 != 0)
        {
            Sys.Cpuid(HypervisorLeaf, 0, &leaf);
            Tell("under "u8, leaf.Ebx, leaf.Ecx, leaf.Edx);
        }

        TellFeatures((uint)Sys.GetSystem().Features);
        return 0;
    }

    private static void Tell(ReadOnlySpan<byte> what, uint first, uint second, uint third)
    {
        uint* letters = stackalloc uint[] { first, second, third };
        int length = 3 * sizeof(uint);
        while (length > 0 && ((byte*)letters)[length - 1] is 0 or (byte)' ')
        {
            length--;
        }

        Writer.Console.Text(what).Text(new ReadOnlySpan<byte>(letters, length)).EndLine();
    }

    private static void TellFeatures(uint features)
    {
        Writer.Console.Text("in use: "u8);
        for (ReadOnlySpan<byte> names = Names; !names.IsEmpty; features >>= 1)
        {
            int end = names.IndexOf((byte)' ') + 1;
            Writer.Console.Text((features & 1) != 0 ? names.Slice(0, end) : default);
            names = names.Slice(end);
        }

        Writer.Console.EndLine();
    }
}
