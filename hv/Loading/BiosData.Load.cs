// What a BIOS leaves in low memory of a PC and kernels read there: where the first serial port is, what equipment there
// is, and how much memory below 640 KiB, at whose end they look for tables. IBM PC AT Technical Reference, BIOS data
// area (segment 40h). No extended area, no disks, no screen: zero says so. A BIOS of the user's own and a kernel that
// lies there find nothing of it.

namespace MinusOne.Hv.Loading;

internal static unsafe class BiosData
{
    private const ulong Start = 0x400;
    private const ulong Bytes = 0x100;
    private const int SerialPort = 0, Equipment = 0x10, BaseMemory = 0x13;

    private const ushort FirstSerialPort = 0x3F8;

    // A coprocessor, and one serial port.
    private const ushort CoprocessorAndPort = 0x0202;

    // False: no memory left.
    public static bool TryLoad(GuestMemory* guest, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        if (!files.IsForPc || files.Bios.IsGiven || plan.Covers(Start, Bytes))
        {
            return true;
        }

        if (guest->TryReach(new Gpa(Start), PageRights.Write, out byte* area) != Resolution.Mapped)
        {
            return false;
        }

        *(ushort*)(area + SerialPort) = FirstSerialPort;
        *(ushort*)(area + Equipment) = CoprocessorAndPort;
        *(ushort*)(area + BaseMemory) = (ushort)(Math.Min(memory, KernelLayout.LowEnd) >> 10);
        return true;
    }
}
