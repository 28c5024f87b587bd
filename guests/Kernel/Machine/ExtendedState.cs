// The x87, SSE and AVX registers of a program, saved when another one runs. SDM 1 13.1 XSAVE-Supported Features. With
// XSAVE the three components, without it FXSAVE's two. The kernel itself uses XMM0-5 for moves only, and keeps the
// program's on its stack.

using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.Machine;

internal static unsafe class ExtendedState
{
    // Room for all three, aligned as XSAVE wants it.
    public const int Bytes = 1024;

    private const uint LegacyMask = 3;
    private const uint AvxMask = 7;

    private static uint Mask => Features.Has(Feature.Avx) ? AvxMask : LegacyMask;

    public static void Enable()
    {
        if (Features.Has(Feature.Xsave))
        {
            Cpu.WriteXcr0(Mask);
        }
    }

    // The state a program starts with: all exceptions masked, everything else initial.
    public static void Reset(byte* area)
    {
        for (int i = 0; i < Bytes; i += sizeof(ulong))
        {
            *(ulong*)(area + i) = 0;
        }

        *(ushort*)area = 0x37F;
        *(uint*)(area + 24) = 0x1F80;
    }

    public static void Save(byte* area)
    {
        if (Features.Has(Feature.Xsave))
        {
            Cpu.SaveExtendedState(area, Mask);
        }
        else
        {
            Cpu.SaveLegacyState(area);
        }
    }

    public static void Restore(byte* area)
    {
        if (Features.Has(Feature.Xsave))
        {
            Cpu.RestoreExtendedState(area, Mask);
        }
        else
        {
            Cpu.RestoreLegacyState(area);
        }
    }
}
