// What firmware itself knows of the machine's processors: where it has started them, it has counted them. Platform
// Initialization specification 2, 13.4 MP Services Protocol.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProcessorServices
{
    public delegate* unmanaged<ProcessorServices*, ulong*, ulong*, EfiStatus> GetNumberOfProcessors;
    public delegate* unmanaged<ProcessorServices*, ulong, ProcessorInformation*, EfiStatus> GetProcessorInfo;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProcessorInformation
{
    private const uint Enabled = 1 << 1;
    private const uint Healthy = 1 << 2;

    public ulong ApicId;
    public uint Status;
    public fixed uint Location[9];

    public readonly bool IsUsable => (Status & (Enabled | Healthy)) == (Enabled | Healthy);
}
