// A Linux kernel that leaves the clock behind as its first act: its 64-bit entry (startup_64, 200h behind the start of
// what the setup sectors precede) stores the low half of the TSC at 500h, where a PC's memory is nobody's. So the way
// from there to the first program is measured alike whoever has started the kernel. What is left out for it clears
// segment registers that long mode does not use. Documentation/arch/x86/boot.rst.

using System;

namespace MinusOne.Tests.Bench;

internal static class StampedKernel
{
    private const int SetupSectors = 0x1F1, SectorBytes = 512, EntryOffset = 0x200;

    // cld; cli; xor eax,eax; mov ds,eax; mov es,eax; mov ss,eax; mov fs,eax; mov gs,eax
    private static ReadOnlySpan<byte> Entry =>
        [0xFC, 0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0, 0x8E, 0xE0, 0x8E, 0xE8];

    // cli; xor eax,eax; mov ss,eax; rdtsc; mov [500h],eax
    private static ReadOnlySpan<byte> Stamping =>
        [0xFA, 0x31, 0xC0, 0x8E, 0xD0, 0x0F, 0x31, 0x89, 0x04, 0x25, 0x00, 0x05, 0x00, 0x00];

    public static void Stamp(byte[] kernel)
    {
        Span<byte> entry = kernel.AsSpan(((kernel[SetupSectors] + 1) * SectorBytes) + EntryOffset, Entry.Length);
        if (!entry.SequenceEqual(Entry))
        {
            throw new BenchException("this Linux kernel's entry is not the one that the bench knows; LINUX_KERNEL in "
                + "build.sh names the kernel");
        }

        Stamping.CopyTo(entry);
    }
}
