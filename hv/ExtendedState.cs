// The registers that stay in the processor while the host runs, because compiled code cannot touch them: x87, vectors
// and what XSAVE has beside them, MXCSR, CR2 and the debug registers. One guest leaves nothing in them for the next:
// before each start they are set to their values at reset. SDM 1 13.6 Processor Tracking of XSAVE-Managed State, 13.8
// Operation of XRSTOR.

using MinusOne.Hv.Memory;
using MinusOne.Hv.X86;

namespace MinusOne.Hv;

internal static unsafe class ExtendedState
{
    private const uint XsaveBit = 1u << 26;
    private const ulong X87 = 1;
    private const int MxcsrOffset = 24;
    private const uint MxcsrAtReset = 0x1F80;

    // False: no frame for the area. XCR0 is left at its value at reset, x87 alone.
    public static bool TryReset(FramePool* frames)
    {
        Cpu.WriteCr2(0);
        Cpu.ResetDebugRegisters();
        CpuidResult features;
        Cpu.Cpuid(1, 0, &features);
        if ((features.Ecx & XsaveBit) == 0)
        {
            return true;
        }

        if (!frames->TryAllocateCleared(FrameOwner.Hypervisor, out Hpa area))
        {
            return false;
        }

        // An area that says of every component that it is in its initial state; only MXCSR is read from it all the
        // same.
        *(uint*)(area + MxcsrOffset).Pointer = MxcsrAtReset;
        CpuidResult components;
        Cpu.Cpuid(0xD, 0, &components);
        ulong all = components.Eax | ((ulong)components.Edx << 32);
        Cpu.WriteCr4(Cpu.ReadCr4() | (ulong)Cr4.OsXsave);
        if (Cpu.TryWriteXcr0(all))
        {
            Cpu.RestoreExtendedState(area.Pointer, all);
        }

        Cpu.TryWriteXcr0(X87);
        frames->Free(area, FrameOwner.Hypervisor);
        return true;
    }
}
