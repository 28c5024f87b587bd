// Runtime services: the clock, and the way to power off, which outlives our ExitBootServices. UEFI specification 8.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RuntimeServices
{
    public TableHeader Header;
    public delegate* unmanaged<EfiTime*, void*, EfiStatus> GetTime;
    public void* SetTime;
    public void* GetWakeupTime;
    public void* SetWakeupTime;
    public void* SetVirtualAddressMap;
    public void* ConvertPointer;
    public delegate* unmanaged<char*, Guid*, uint*, ulong*, void*, EfiStatus> GetVariable;
    public void* GetNextVariableName;
    public delegate* unmanaged<char*, Guid*, uint, ulong, void*, EfiStatus> SetVariable;
    public void* GetNextHighMonotonicCount;
    public delegate* unmanaged<ResetType, EfiStatus, ulong, void*, void> ResetSystem;
}

internal enum ResetType : uint
{
    Cold = 0,
    Warm = 1,
    Shutdown = 2,
}
