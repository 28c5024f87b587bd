// The page at which another processor begins, in real mode: code (Stubs/StartUpCode.cs), and behind it what the code is
// given. Everything in it lies below 1 MiB.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Host;

[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal unsafe struct StartUpData
{
    // Where in the page the code is that runs in long mode, and where this.
    public const int LongCode = 0x80;
    public const int Offset = 0x100;

    public fixed ulong Descriptors[3];
    public ushort DescriptorLimit;
    public uint DescriptorBase;
    public uint FarOffset;
    public ushort FarSelector;
    public uint Cr0;
    public uint Cr3;
    public uint Cr4;
    public uint Efer;

    // The top of its stack, and the stub that goes on there.
    public ulong Stack;
    public ulong Entry;
}
