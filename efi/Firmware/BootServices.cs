// Boot services: memory, protocols, and the way out. UEFI specification 7.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BootServices
{
    public TableHeader Header;
    public delegate* unmanaged<TaskPriority, TaskPriority> RaiseTpl;
    public delegate* unmanaged<TaskPriority, void> RestoreTpl;
    public delegate* unmanaged<AllocateType, MemoryType, ulong, ulong*, EfiStatus> AllocatePages;
    public delegate* unmanaged<ulong, ulong, EfiStatus> FreePages;
    public delegate* unmanaged<ulong*, MemoryDescriptor*, ulong*, ulong*, uint*, EfiStatus> GetMemoryMap;
    public void* AllocatePool;
    public delegate* unmanaged<void*, EfiStatus> FreePool;
    public delegate* unmanaged<uint, TaskPriority, void*, void*, void**, EfiStatus> CreateEvent;
    public void* SetTimer;
    public void* WaitForEvent;
    public void* SignalEvent;
    public delegate* unmanaged<void*, EfiStatus> CloseEvent;
    public void* CheckEvent;
    public void* InstallProtocolInterface;
    public void* ReinstallProtocolInterface;
    public void* UninstallProtocolInterface;
    public delegate* unmanaged<void*, Guid*, void**, EfiStatus> HandleProtocol;
    public void* Reserved;
    public void* RegisterProtocolNotify;
    public void* LocateHandle;
    public delegate* unmanaged<Guid*, byte**, void**, EfiStatus> LocateDevicePath;
    public void* InstallConfigurationTable;
    public void* LoadImage;
    public void* StartImage;
    public void* Exit;
    public void* UnloadImage;
    public delegate* unmanaged<void*, ulong, EfiStatus> ExitBootServices;
    public void* GetNextMonotonicCount;
    public delegate* unmanaged<ulong, EfiStatus> Stall;
    public delegate* unmanaged<ulong, ulong, ulong, char*, EfiStatus> SetWatchdogTimer;
    public void* ConnectController;
    public void* DisconnectController;
    public void* OpenProtocol;
    public void* CloseProtocol;
    public void* OpenProtocolInformation;
    public void* ProtocolsPerHandle;
    public delegate* unmanaged<LocateSearchType, Guid*, void*, ulong*, void***, EfiStatus> LocateHandleBuffer;
    public delegate* unmanaged<Guid*, void*, void**, EfiStatus> LocateProtocol;
}

// At the highest, firmware's interrupts wait.
internal enum TaskPriority : ulong
{
    Application = 4,
    High = 31,
}

internal enum AllocateType : uint
{
    AnyPages = 0,
    MaxAddress = 1,
    Address = 2,
}

internal enum LocateSearchType : uint
{
    AllHandles = 0,
    ByRegisterNotify = 1,
    ByProtocol = 2,
}
